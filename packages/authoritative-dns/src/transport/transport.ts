import type { Client } from '../chain/request.ts';
import type { ListenerCounters } from '../metrics/listener-counters.ts';
import type { AnswerReport } from '../respond/answer-report.ts';
import type { WriteAnswer } from '../respond/pipeline.ts';
import type { ListenAddress } from './listen-address.ts';
import type { StreamLimits } from './stream-limits.ts';

/** What turns the octets of a query into those of its answer: a pipeline. */
export interface Answerer {
  /** About the packet of the last call that returned a number. */
  readonly report: AnswerReport;
  /** See the pipeline's `answer`. */
  answer(packet: Uint8Array, client: Client, out: Uint8Array): number | Promise<WriteAnswer>;
}

/** What every transport needs. */
export interface TransportOptions {
  readonly address: ListenAddress;
  readonly answerer: Answerer;
  /** Answers over TCP and TLS in the place of `answerer`. */
  readonly streamAnswerer?: Answerer;
  readonly counters: ListenerCounters;
  /** Lets other sockets, also of other threads and processes of the same user, listen on the same port (SO_REUSEPORT). Default false. */
  readonly reusePort?: boolean;
}

/** Most milliseconds that answers under way have to leave when a server closes. */
export const closeGraceMs = 5000;

/** A socket that answers on connections. */
export interface StreamTransport extends Transport {
  /** Goes by other limits from now on, also for the connections that there are. Handshakes of TLS keep their time. */
  replaceLimits(limits: StreamLimits): void;
}

/** A socket that answers. */
export interface Transport {
  /** Where it really listens; its port is never 0. */
  readonly address: ListenAddress;
  /** Takes no further query, sends the answers that are under way, and resolves when nothing is open any more. */
  close(): Promise<void>;
}
