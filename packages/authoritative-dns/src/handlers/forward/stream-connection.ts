import type { Socket } from 'node:net';

import type { Clock } from '@seamark/common/controller';

import { FrameDecoder } from '../../transport/frame-decoder.ts';
import { idOf } from './answer-reader.ts';
import { ExchangeError, type Question, type RandomBelow } from './exchange.ts';
import { endsText, type Ends, localEnd, socketErrorText, timeoutTexts } from './failure-text.ts';
import { tlsProblem } from './tls-problem.ts';

/** Questions that one connection may carry at a time. */
export const maxQuestionsPerConnection = 512;

interface Waiting {
  /** True when the octets end the question, with an answer or an error. */
  take(octets: Uint8Array): boolean;
  fail(error: ExchangeError): void;
}

/** What becomes of a {@link StreamConnection}, for whoever keeps several. */
export interface StreamConnectionEvents {
  /** The last question that waited has ended. */
  idle(connection: StreamConnection): void;
  /** It is gone, and nobody waits any more. */
  closed(connection: StreamConnection): void;
}

/** Whom a {@link StreamConnection} leads to. */
export interface StreamTarget {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Only one CA is trusted, the one that the Corefile names. */
  readonly ownCa: boolean;
}

/**
 * A TCP or TLS connection to an upstream. Questions go out one behind the other without waiting (RFC 7766 6.2.1); answers are matched
 * by ID, in whatever order they come.
 */
export class StreamConnection {
  private readonly socket: Socket;
  private readonly target: StreamTarget;
  private readonly clock: Clock;
  private readonly random: RandomBelow;
  private readonly events: StreamConnectionEvents;
  private readonly waiting = new Map<number, Waiting>();
  private readonly frames = new FrameDecoder();
  private hasAnswered = false;
  private local: Ends['local'];
  private isReady = false;
  private open = true;

  constructor(socket: Socket, target: StreamTarget, clock: Clock, random: RandomBelow, events: StreamConnectionEvents) {
    this.socket = socket;
    this.target = target;
    this.clock = clock;
    this.random = random;
    this.events = events;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.once('connect', () => (this.local = localEnd(socket)));
    socket.once(target.isTls ? 'secureConnect' : 'connect', () => (this.isReady = true));
    socket.on('error', (error) => this.end(this.lost(error)));
    socket.on('close', () => this.end(this.lost()));
  }

  /** Questions that wait for their answers. */
  get load(): number {
    return this.waiting.size;
  }

  /** False once it is of no use for further questions. */
  get isOpen(): boolean {
    return this.open;
  }

  /** Asks a question; the caller has looked at {@link load}. */
  ask<Answer>(question: Question<Answer>, timeoutMs: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = this.freeId();
      const leave = (): void => {
        timer[Symbol.dispose]();
        this.waiting.delete(id);
        if (this.waiting.size > 0) return;
        if (this.open) this.events.idle(this);
        else this.socket.destroy();
      };
      const fail = (error: ExchangeError): void => {
        leave();
        reject(error);
      };
      const timer = this.clock.schedule(timeoutMs, () => {
        // Silence may well mean that the connection is dead: others wait for theirs, but none is asked over it any more.
        this.open = false;
        const isHandshake = this.local !== undefined && !this.isReady;
        const text = isHandshake ? timeoutTexts.handshake : timeoutTexts.io;
        fail(new ExchangeError('timeout', `${endsText('read', this.ends())}: ${text}`));
      });
      const take = (octets: Uint8Array): boolean => {
        const answer = question.accept(octets);
        if (answer === undefined) return false;
        this.hasAnswered = true;
        leave();
        resolve(answer);
        return true;
      };
      this.waiting.set(id, { take, fail });
      const query = question.write(id);
      const frame = Buffer.allocUnsafe(query.length + 2);
      frame.writeUInt16BE(query.length, 0);
      frame.set(query, 2);
      this.socket.write(frame);
    });
  }

  /** Ends the connection and the questions that wait. */
  close(error: ExchangeError): void {
    this.end(error);
  }

  private read(chunk: Buffer): void {
    this.frames.push(chunk, (octets) => {
      const id = idOf(octets);
      const waiting = id === undefined ? undefined : this.waiting.get(id);
      // Answers to questions that were given up may still come.
      if (waiting !== undefined && !waiting.take(octets)) {
        this.end(new ExchangeError('not_an_answer', `${endsText('read', this.ends())}: the answer is not one to the question`));
      }
    });
  }

  private freeId(): number {
    for (;;) {
      const id = this.random(0x10000);
      if (!this.waiting.has(id)) return id;
    }
  }

  private ends(): Ends {
    const { host, port } = this.target;
    return { network: 'tcp', local: this.local, host, port };
  }

  private lost(error?: Error): ExchangeError {
    const failure = this.hasAnswered ? 'closed_early' : 'network';
    if (error === undefined) return new ExchangeError(failure, `${endsText('read', this.ends())}: EOF`);
    const problem = tlsProblem(error, this.target.ownCa);
    if (problem === undefined) return new ExchangeError(failure, socketErrorText(error, this.ends()), error);
    return new ExchangeError('tls', `${endsText('read', this.ends())}: ${problem.text}`, error, problem.remedy);
  }

  private end(error: ExchangeError): void {
    this.open = false;
    this.socket.destroy();
    for (const waiting of this.waiting.values()) waiting.fail(error);
    this.events.closed(this);
  }
}
