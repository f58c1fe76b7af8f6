import { messageOf } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';

const intervalMs = 1000;

/** Counts faults of handlers, and logs at most one a second: a question that meets one may be asked a million times. */
export class FaultLog {
  /** All faults so far, for coredns_panics_total. */
  count = 0;
  private unlogged = 0;
  private nextMs = Number.NEGATIVE_INFINITY;
  private readonly logger: Logger | undefined;
  private readonly nowMs: () => number;

  constructor(logger: Logger | undefined, nowMs: () => number = () => performance.now()) {
    this.logger = logger;
    this.nowMs = nowMs;
  }

  /** Takes one fault. */
  add(error: unknown): void {
    this.count++;
    this.unlogged++;
    const now = this.nowMs();
    if (now < this.nextMs) return;
    this.nextMs = now + intervalMs;
    const others = this.unlogged - 1;
    this.unlogged = 0;
    const more = others === 0 ? '' : ` (and ${others} other faults since the last line like this)`;
    this.logger?.error(`a handler failed, its question got SERVFAIL: ${messageOf(error)}${more}`, { err: error });
  }
}
