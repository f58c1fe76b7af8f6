import type { Clock } from '@seamark/common/controller';
import { dnsNameToWire } from '@seamark/common/model';

import { recordTypes } from '../../wire/record-type.ts';
import type { Exchange, Question } from './exchange.ts';

/** How long one check waits. */
const checkTimeoutMs = 1000;

/** Checks do not follow each other faster than this, whatever is configured. */
const leastIntervalMs = 10;

/** How an upstream is checked. */
export interface HealthCheckOptions {
  /** Time between checks while it does not answer. */
  readonly intervalMs: number;
  readonly recursionDesired: boolean;
  /** Name that is asked for, with the final dot; its NS records are. */
  readonly domain: string;
  /** Checks that must fail before it counts as down; 0: never down, never checked. */
  readonly maxFails: number;
}

/** Who is told of an upstream's health. */
export interface HealthEvents {
  /** A check got no answer. */
  failed(): void;
  /** It counts as down from now on, because of the error of the last check. */
  down(error: unknown): void;
  /** It answers again. */
  up(): void;
}

/**
 * Whether one upstream is up. Nothing is sent while it answers; after a failure it is checked until it answers anything at all (SERVFAIL
 * and REFUSED are answers too).
 */
export class HealthCheck {
  private readonly options: HealthCheckOptions;
  private readonly exchange: Exchange;
  private readonly clock: Clock;
  private readonly events: HealthEvents;
  private fails = 0;
  private running = false;
  private stopped = false;
  private timer: Disposable | undefined;

  constructor(options: HealthCheckOptions, exchange: Exchange, clock: Clock, events: HealthEvents) {
    this.options = options;
    this.exchange = exchange;
    this.clock = clock;
    this.events = events;
  }

  /** True once `maxFails` checks in a row have failed. */
  get isDown(): boolean {
    return this.options.maxFails > 0 && this.fails >= this.options.maxFails;
  }

  /** A question got an answer. */
  answered(): void {
    const wasDown = this.isDown;
    this.fails = 0;
    if (wasDown) this.events.up();
  }

  /** A question got none: checks begin, unless they run. */
  unanswered(): void {
    if (this.options.maxFails === 0 || this.running || this.stopped) return;
    this.running = true;
    void this.check();
  }

  /** Ends the checks for good. */
  stop(): void {
    this.stopped = true;
    this.timer?.[Symbol.dispose]();
  }

  private async check(): Promise<void> {
    try {
      await this.exchange.ask(this.question(), checkTimeoutMs);
      this.answered();
      this.running = false;
    } catch (error) {
      if (this.stopped) return;
      const wasDown = this.isDown;
      this.fails += 1;
      this.events.failed();
      if (this.isDown && !wasDown) this.events.down(error);
      this.timer = this.clock.schedule(Math.max(leastIntervalMs, this.options.intervalMs), () => void this.check());
    }
  }

  private question(): Question<true> {
    const name = dnsNameToWire(this.options.domain);
    return {
      isCheck: true,
      write: (id) => {
        const query = new Uint8Array(12 + name.length + 4);
        query.set([id >>> 8, id & 0xff, this.options.recursionDesired ? 1 : 0, 0, 0, 1]);
        query.set(name, 12);
        query.set([0, recordTypes.NS, 0, 1], 12 + name.length);
        return query;
      },
      accept: (octets) => ((octets[2] ?? 0) & 0x80) !== 0 || undefined,
    };
  }
}
