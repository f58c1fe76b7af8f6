import type { Socket } from 'node:net';

import type { ListenerCounters } from '../metrics/listener-counters.ts';
import { maxMessageOctets } from '../wire/limits.ts';
import { SocketClient } from './client-address.ts';
import type { ConnectionPlace } from './connection-table.ts';
import { FrameDecoder, frameHeaderOctets } from './frame-decoder.ts';
import type { ResolvedStreamLimits } from './stream-limits.ts';
import type { Answerer } from './transport.ts';

/** What connections of one server share. */
export interface StreamContext {
  readonly transport: 'tcp' | 'tls';
  readonly answerer: Answerer;
  readonly counters: ListenerCounters;
  /** May change while connections are open. */
  readonly limits: ResolvedStreamLimits;
}

/** Octets of answers that wait for the client to read them; above it no further query of the connection is answered or read. */
const maxWaitingOctets = 256 * 1024;

const maxFrameOctets = frameHeaderOctets + maxMessageOctets;

/** Answers are collected here and written at once; all connections share it, since each leaves it empty. */
const batch = Buffer.allocUnsafeSlow(4 * maxFrameOctets);

/**
 * One connection with framed queries (RFC 7766). Answers that need no waiting leave in one write per read; those that wait for a
 * handler leave when they are ready, in any order.
 */
export class StreamConnection {
  private readonly socket: Socket;
  private readonly place: ConnectionPlace;
  private readonly context: StreamContext;
  private readonly client: SocketClient;
  private readonly frames = new FrameDecoder();
  /** Queries that came when too much was under way already: small, where their answers could be 64 KiB each. */
  private readonly waiting: Buffer[] = [];
  private inFlight = 0;
  private queries = 0;
  private batched = 0;
  private hasEnded = false;
  private isClosing = false;
  /** When the last query was answered, or the last answer left. */
  private lastActiveMs: number;
  /** When the unfinished query began; undefined between queries. */
  private frameBeganMs: number | undefined;
  /** When the client last took octets, while some wait. */
  private lastWrittenMs: number;

  /** `place` is told when queries are in work and answers on their way. */
  constructor(socket: Socket, place: ConnectionPlace, context: StreamContext) {
    this.socket = socket;
    this.place = place;
    this.context = context;
    this.client = new SocketClient(
      context.transport,
      socket.remoteAddress ?? '0.0.0.0',
      socket.remotePort ?? 0,
      socket.localAddress,
      socket.localPort ?? 0,
    );
    this.lastActiveMs = this.lastWrittenMs = performance.now();
    // A connection that has not sent anything yet is as one that has begun a query.
    this.frameBeganMs = this.lastActiveMs;
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('drain', () => this.proceed());
    // A client that ends its side may still read: what is under way is answered first.
    socket.on('end', () => {
      this.hasEnded = true;
      this.endWhenDone();
    });
    socket.on('error', () => socket.destroy());
  }

  /** Closes a connection that has used up one of its times. */
  enforceTimeouts(nowMs: number): void {
    const { idleTimeoutMs, readTimeoutMs, writeTimeoutMs } = this.context.limits;
    if (this.socket.writableLength > 0) {
      if (nowMs - this.lastWrittenMs <= writeTimeoutMs) return;
      this.context.counters.dropped('write_timeout');
      this.socket.destroy();
      return;
    }
    if (this.inFlight > 0) return;
    const began = this.frameBeganMs;
    if (began === undefined ? nowMs - this.lastActiveMs <= idleTimeoutMs : nowMs - began <= readTimeoutMs) return;
    if (this.frames.isInside) this.context.counters.dropped('read_timeout');
    this.socket.destroy();
  }

  /** Reads nothing more, and closes when all answers under way have been sent. */
  close(): void {
    this.isClosing = true;
    this.endWhenDone();
  }

  private read(chunk: Buffer): void {
    if (this.isClosing) return;
    this.frames.push(chunk, this.take);
    this.flush();
    if (!this.frames.isInside) this.frameBeganMs = undefined;
    else this.frameBeganMs ??= performance.now();
    if (this.waiting.length > 0) this.socket.pause();
    this.endWhenDone();
  }

  private readonly take = (query: Buffer): void => {
    this.frameBeganMs = undefined;
    if (this.isClosing) return;
    if (this.waiting.length === 0 && this.hasRoom()) this.answer(query);
    else this.waiting.push(Buffer.from(query));
  };

  private hasRoom(): boolean {
    return this.inFlight < this.context.limits.maxInFlight && this.socket.writableLength + this.batched <= maxWaitingOctets;
  }

  private answer(query: Uint8Array): void {
    const { answerer, limits } = this.context;
    const startedMs = performance.now();
    if (++this.queries >= limits.maxTcpQueries) this.isClosing = true;
    const result = answerer.answer(query, this.client, this.room());
    if (typeof result === 'number') this.count(result, startedMs);
    else {
      this.inFlight++;
      this.place.begin();
      void result.then((write) => {
        this.inFlight--;
        this.place.end();
        if (this.socket.destroyed) return;
        this.corkThisTurn();
        this.count(write(this.room()), startedMs);
        this.flush();
        this.proceed();
      });
    }
  }

  /** Answers that handlers give in one turn of the event loop leave in one write. */
  private corkThisTurn(): void {
    if (this.socket.writableCorked > 0) return;
    this.socket.cork();
    process.nextTick(() => this.socket.uncork());
  }

  /** Where the next answer is written: behind the place of its length. */
  private room(): Buffer {
    if (this.batched + maxFrameOctets > batch.length) this.flush();
    return batch.subarray(this.batched + frameHeaderOctets, this.batched + maxFrameOctets);
  }

  private count(length: number, startedMs: number): void {
    const { answerer, counters } = this.context;
    // What gets no answer does not keep a connection open.
    if (length === 0) return counters.unanswered(answerer.report);
    const nowMs = performance.now();
    this.lastActiveMs = nowMs;
    batch.writeUInt16BE(length, this.batched);
    this.batched += frameHeaderOctets + length;
    counters.answered(answerer.report, nowMs - startedMs);
  }

  private flush(): void {
    if (this.batched === 0) return;
    const octets = Buffer.from(batch.subarray(0, this.batched));
    this.batched = 0;
    if (this.socket.writableLength === 0) this.lastWrittenMs = performance.now();
    this.place.begin();
    this.socket.write(octets, this.written);
  }

  private readonly written = (): void => {
    this.lastActiveMs = this.lastWrittenMs = performance.now();
    this.place.end();
  };

  /** Goes on with the queries that wait, as far as there is room. */
  private proceed(): void {
    while (this.waiting.length > 0 && !this.isClosing && this.hasRoom()) this.answer(this.waiting.shift() as Buffer);
    this.flush();
    if (this.waiting.length === 0 && this.socket.isPaused()) this.socket.resume();
    this.endWhenDone();
  }

  private endWhenDone(): void {
    if (this.inFlight > 0 || (this.waiting.length > 0 && !this.isClosing)) return;
    if (this.isClosing) this.socket.destroySoon();
    else if (this.hasEnded) this.socket.end();
  }
}
