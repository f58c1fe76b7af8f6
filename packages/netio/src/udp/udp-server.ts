import type { AnswerArena } from '../arena/answer-arena.ts';
import type { AnswerCounts } from './answer-counts.ts';

/** Options of `startUdpServer`. */
export interface UdpServerOptions {
  /** Address to listen on, 4 or 16 octets; all zero = every address of the family. */
  readonly host: Uint8Array;
  /** 0 = a free one. */
  readonly port: number;
  /** Number of the interface of a link-local address. */
  readonly scope?: number;
  /** Sockets on the port, each with a thread of its own; the system spreads clients over them. Default 1. */
  readonly sockets?: number;
  /** Others may listen on the port as well (SO_REUSEPORT), for whom the system then keeps a part of the questions. Default false. */
  readonly sharePort?: boolean;
  /** Answers what it can before JavaScript is asked. */
  readonly arena?: AnswerArena;
  /** As in `ArenaOptions`. Default 4096. */
  readonly countedZones?: number;
  /** Octets asked of the system for waiting datagrams, each way; it grants what it allows. Default 4 MiB. */
  readonly socketBufferOctets?: number;
  /** Octets of questions that may wait for JavaScript; what comes beyond is dropped and counted. Default 512 KiB. */
  readonly questionOctets?: number;
  /** Called for each question that the arena does not answer. Answer by {@link UdpServer.respond}, now or later, or not at all. */
  readonly onQuestion: (question: UdpQuestion) => void;
}

/** A datagram that came in. Its arrays belong to it and do not change. */
export interface UdpQuestion {
  readonly octets: Uint8Array;
  /** More came than `octets` has: 2,112. */
  readonly truncated: boolean;
  /** Of the client, 4 or 16 octets. */
  readonly address: Uint8Array;
  readonly port: number;
  /** Which of our addresses was asked; `undefined` when the socket listens on one address only, or cannot tell. */
  readonly localAddress: Uint8Array | undefined;
}

/** Sockets that listen on one port. */
export interface UdpServer {
  readonly port: number;
  /** False for the fallback on node:dgram. */
  readonly native: boolean;
  /**
   * Sends an answer, from the address that was asked, together with those of this turn of the event loop. The octets are copied. After
   * {@link close} it does nothing.
   */
  respond(question: UdpQuestion, answer: Uint8Array): void;
  /** What was counted, for zones counted as less than `zones`. */
  counts(zones: number): AnswerCounts;
  /** Receives no more. Every datagram that had arrived is answered, or was given to `onQuestion`, when it resolves. */
  stop(): Promise<void>;
  /** Stops, sends what was responded, and closes the sockets. */
  close(): Promise<void>;
}
