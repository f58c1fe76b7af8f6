import { type Clock, systemClock } from '@seamark/common/controller';
import type { KvStore } from '@seamark/kv-store-client';

import type { LeaseTimes } from '../../zone/skydns/index.ts';

/** Leases that are remembered; the one asked for longest ago is forgotten first. */
const maxLeases = 100_000;
const maxAtOnce = 8;
/** A lease is asked for again no sooner. */
const leastPauseMs = 1_000;
const askTimeoutMs = 5_000;

interface KnownLease {
  endsAtMs: number;
  /** When half of what it had is gone: it may have been kept alive since. */
  staleAtMs: number;
}

/**
 * Knows what leases have left without asking the store at every question: a lease is asked for when its records are, and again when
 * half of that time has passed, since whoever holds it may have kept it alive.
 */
export class LeaseWatcher implements LeaseTimes {
  private readonly store: Pick<KvStore, 'leaseTimeToLive'>;
  private readonly clock: Clock;
  private readonly known = new Map<string, KnownLease>();
  private readonly waiting = new Set<string>();
  private asking = 0;
  private closed = false;

  constructor(store: Pick<KvStore, 'leaseTimeToLive'>, clock: Clock = systemClock) {
    this.store = store;
    this.clock = clock;
  }

  /** @inheritdoc */
  remainingSeconds(lease: string): number | undefined {
    const known = this.known.get(lease);
    const nowMs = this.clock.monotonicMs();
    if (known === undefined || nowMs >= known.staleAtMs) this.ask(lease);
    return known === undefined || known.endsAtMs === 0 ? undefined : Math.max(0, (known.endsAtMs - nowMs) / 1000);
  }

  /** Asks for nothing any more. */
  close(): void {
    this.closed = true;
    this.waiting.clear();
  }

  private ask(lease: string): void {
    if (this.closed || this.waiting.size >= maxLeases) return;
    this.waiting.add(lease);
    if (this.asking < maxAtOnce) void this.askWaiting();
  }

  private async askWaiting(): Promise<void> {
    this.asking++;
    try {
      for (const lease of this.waiting) {
        this.waiting.delete(lease);
        const startedMs = this.clock.monotonicMs();
        // Until the answer is here, and for a while when none comes, nobody asks again.
        const known = this.remember(lease, startedMs + askTimeoutMs);
        const left = await this.store.leaseTimeToLive(lease, { signal: AbortSignal.timeout(askTimeoutMs) }).catch(() => undefined);
        if (left === undefined) continue;
        known.endsAtMs = startedMs + left * 1000;
        known.staleAtMs = startedMs + Math.max(leastPauseMs, left * 500);
      }
    } finally {
      this.asking--;
    }
  }

  private remember(lease: string, staleAtMs: number): KnownLease {
    const known = this.known.get(lease) ?? { endsAtMs: 0, staleAtMs };
    known.staleAtMs = staleAtMs;
    this.known.delete(lease);
    this.known.set(lease, known);
    if (this.known.size > maxLeases) for (const [oldest] of this.known) return (this.known.delete(oldest), known);
    return known;
  }
}
