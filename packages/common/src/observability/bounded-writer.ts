import { writeSync } from 'node:fs';

/** Octets that wait for a reader; some 20,000 lines. */
const defaultMaxOctets = 4 * 1024 * 1024;
const chunkOctets = 64 * 1024;
const longestRetryMs = 100;

/** Options of {@link BoundedWriter}. */
export interface BoundedWriterOptions {
  /** Most octets that wait while the reader stands still. Default 4 MiB. */
  readonly maxOctets?: number;
}

/**
 * Writes lines to a file descriptor and never waits for whoever reads it. A line goes out at once; when the descriptor takes none (its
 * mode must be non-blocking), lines wait in their order, and beyond a bound they are dropped and counted. Never throws: a descriptor
 * that fails is tried again.
 */
export class BoundedWriter {
  /** Called once for each gap, at its place among the lines; what it writes stands there. */
  onGap: (lines: number) => void = (lines) => this.write(`${gapText(lines)}\n`);

  private readonly fd: number;
  private readonly maxOctets: number;
  private readonly waiting: string[] = [];
  private waitingOctets = 0;
  /** What is left of lines that have been taken from `waiting`. */
  private rest: Buffer = Buffer.alloc(0);
  private isBlocked = false;
  private gapLines = 0;
  private dropped = 0;
  private retryMs = 1;
  private failure: unknown;
  private timer: NodeJS.Timeout | undefined;

  constructor(fd: number, options: BoundedWriterOptions = {}) {
    this.fd = fd;
    this.maxOctets = options.maxOctets ?? defaultMaxOctets;
  }

  /** Lines that have been dropped so far. */
  get droppedLines(): number {
    return this.dropped;
  }

  /** Writes one line, which ends with a line break. */
  write(line: string): void {
    const octets = Buffer.byteLength(line);
    if (this.isBlocked) {
      // A process that is too busy for its timers may have a reader all the same.
      const isFull = this.gapLines === 0 && this.waitingOctets + octets > this.maxOctets;
      if (!isFull || !this.drain()) return this.keep(line, octets);
    }
    const written = this.put(line);
    if (written === octets) return;
    this.rest = Buffer.from(line).subarray(written);
    this.isBlocked = true;
    this.retryLater();
  }

  /** Writes what waits, standing still for that until `timeoutMs` have passed; for the end of a process. */
  flush(timeoutMs: number): void {
    const deadlineMs = performance.now() + timeoutMs;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    while (this.isBlocked && !this.drain()) {
      // Other failures than a full pipe do not pass within a second.
      if (codeOf(this.failure) !== 'EAGAIN' || performance.now() >= deadlineMs) return;
      Atomics.wait(pause, 0, 0, 5);
    }
  }

  private keep(line: string, octets: number): void {
    if (this.gapLines > 0 || this.waitingOctets + octets > this.maxOctets) {
      this.gapLines += 1;
      this.dropped += 1;
      return;
    }
    this.waiting.push(line);
    this.waitingOctets += octets;
  }

  /** True once nothing waits any more. */
  private drain(): boolean {
    for (;;) {
      if (this.rest.length === 0) this.rest = this.takeLines();
      if (this.rest.length === 0) break;
      const written = this.put(this.rest);
      this.rest = this.rest.subarray(written);
      if (written > 0) this.retryMs = 1;
      if (this.rest.length > 0) return false;
      this.closeGap();
    }
    clearTimeout(this.timer);
    this.isBlocked = false;
    this.retryMs = 1;
    return true;
  }

  /** Only once there is much room again: a reader that is merely slow makes one gap after a while instead of one after each line. */
  private closeGap(): void {
    const lines = this.gapLines;
    if (lines === 0 || this.waitingOctets > this.maxOctets / 2) return;
    this.gapLines = 0;
    this.onGap(lines);
  }

  private takeLines(): Buffer {
    let octets = 0;
    let count = 0;
    while (count < this.waiting.length && octets < chunkOctets) octets += Buffer.byteLength(this.waiting[count++] as string);
    this.waitingOctets -= octets;
    return Buffer.from(this.waiting.splice(0, count).join(''));
  }

  private retryLater(): void {
    this.timer = setTimeout(() => {
      if (!this.drain()) this.retryLater();
    }, this.retryMs);
    this.timer.unref();
    this.retryMs = Math.min(longestRetryMs, this.retryMs * 2);
  }

  /** Octets that the descriptor has taken. */
  private put(text: string | Buffer): number {
    try {
      return typeof text === 'string' ? writeSync(this.fd, text) : writeSync(this.fd, text);
    } catch (error) {
      this.failure = error;
      return 0;
    }
  }
}

/** What stands in a log where lines are missing. */
export function gapText(lines: number): string {
  return lines === 1 ? '1 line was dropped: the log was not read' : `${lines} lines were dropped: the log was not read`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
