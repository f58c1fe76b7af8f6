import type { Clock } from '@seamark/common/controller';
import type { KvLease } from '../kv-store.ts';

/** Longest delay of a timer of Node: 2^31 - 1 ms; a longer one fires at once. */
const longestDelayMs = 2 ** 31 - 1;

/** Options of {@link LeaseKeeper}. */
interface LeaseKeeperOptions {
  readonly clock: Clock;
  /** Ends a lease in the store: its keys are deleted when this resolves. */
  readonly endLease: (id: string) => Promise<void>;
}

/**
 * The leases of one open store, by the monotonic clock. One that this process was granted is alive as long as the store is open: both live
 * in the same process, so there is nobody to miss its keepalive. One that a former process was granted expires a whole TTL after
 * the start, as etcd's leases do after a change of its leader.
 */
export class LeaseKeeper {
  readonly #clock: Clock;
  readonly #endLease: (id: string) => Promise<void>;
  readonly #granted = new Map<string, AbortController>();
  readonly #timers = new Set<Disposable>();

  constructor(options: LeaseKeeperOptions) {
    this.#clock = options.clock;
    this.#endLease = options.endLease;
  }

  /** The handle of a lease that has just been stored. */
  keep(id: string, ttlSeconds: number): KvLease {
    const lost = new AbortController();
    this.#granted.set(id, lost);
    return {
      id,
      ttlSeconds,
      lost: lost.signal,
      revoke: async () => {
        if (lost.signal.aborted) return;
        await this.#endLease(id);
        this.#granted.delete(id);
        lost.abort();
      },
    };
  }

  /** Ends a lease of a former process when its TTL has passed. */
  expire(id: string, ttlSeconds: number): void {
    const endsAtMs = this.#clock.monotonicMs() + ttlSeconds * 1000;
    const arm = (): void => {
      const leftMs = endsAtMs - this.#clock.monotonicMs();
      const timer = this.#clock.schedule(Math.min(Math.max(leftMs, 0), longestDelayMs), () => {
        this.#timers.delete(timer);
        if (this.#clock.monotonicMs() < endsAtMs) arm();
        // A failed write has been reported by the store, which takes no writes from then on.
        else void this.#endLease(id).catch(() => undefined);
      });
      this.#timers.add(timer);
    };
    arm();
  }

  /** Nobody keeps the leases from now on. */
  close(): void {
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#timers.clear();
    for (const lost of this.#granted.values()) lost.abort();
    this.#granted.clear();
  }
}
