import { type Clock, systemClock } from './clock.ts';

/** Options of {@link createWorkQueue}. */
export interface WorkQueueOptions<K extends string> {
  /** Does the work of one key; a rejection puts the key back after a backoff. Never runs twice at the same time for one key. */
  readonly process: (key: K, signal: AbortSignal) => Promise<void>;
  /** Keys worked on at the same time. Default 1. */
  readonly concurrency?: number;
  /** Delay after the first failure of a key; doubles with each further one. Default 50 ms. */
  readonly baseDelayMs?: number;
  /** Upper bound of the delay. Default 30,000 ms. */
  readonly maxDelayMs?: number;
  /** Told of each failure, before the key waits. */
  readonly onError?: (key: K, error: unknown, attempt: number, retryInMs: number) => void;
  readonly clock?: Clock;
  /** 0..1, for jitter: a delay lies between half of its nominal value and all of it. Default Math.random. */
  readonly random?: () => number;
}

/**
 * A queue of keys to reconcile. A key that is added while it waits is one entry; a key that is added while it is worked on runs
 * once more afterwards. So no change is lost, and none is worked on twice at once.
 */
export interface WorkQueue<K extends string> {
  /** Queues the key for now, ending a delay that it waits for. */
  add(key: K): void;
  /** Queues the key after a delay; no effect when it is already queued for an earlier time. */
  addAfter(key: K, delayMs: number): void;
  /** Keys queued or delayed, without those being worked on. */
  readonly size: number;
  /** Resolves when nothing is queued, delayed or worked on; at once when that is so now. */
  idle(): Promise<void>;
  /** Works until the signal aborts, then resolves when the running work has ended. Keys added before it are kept. Call once. */
  run(signal: AbortSignal): Promise<void>;
}

/** Creates a {@link WorkQueue}. Keys are taken in the order in which they became due. */
export function createWorkQueue<K extends string>(options: WorkQueueOptions<K>): WorkQueue<K> {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const concurrency = options.concurrency ?? 1;
  const baseDelayMs = options.baseDelayMs ?? 50;
  const maxDelayMs = options.maxDelayMs ?? 30_000;

  const ready = new Set<K>(); // insertion order is the order of work
  const delayed = new Map<K, { dueMs: number; timer: Disposable }>();
  const running = new Set<K>();
  const again = new Set<K>(); // added while running
  const failures = new Map<K, number>();
  let idleWaiters: (() => void)[] = [];
  let signal: AbortSignal | undefined;
  let finish: (() => void) | undefined;

  const undelay = (key: K): void => {
    delayed.get(key)?.timer[Symbol.dispose]();
    delayed.delete(key);
  };

  const settle = (): void => {
    if (running.size > 0) return;
    if (signal?.aborted === true) finish?.();
    if (ready.size > 0 || delayed.size > 0) return;
    const waiters = idleWaiters;
    idleWaiters = [];
    for (const resolve of waiters) resolve();
  };

  const work = async (key: K, stop: AbortSignal): Promise<void> => {
    try {
      await options.process(key, stop);
      failures.delete(key);
    } catch (error) {
      if (!stop.aborted) {
        const attempt = (failures.get(key) ?? 0) + 1;
        failures.set(key, attempt);
        const nominalMs = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(attempt - 1, 30));
        const delayMs = nominalMs * (0.5 + random() / 2);
        options.onError?.(key, error, attempt, delayMs);
        // A change that arrived meanwhile must not skip the backoff: a key that fails at each change would spin.
        again.delete(key);
        delay(key, delayMs);
      }
    }
    running.delete(key);
    if (again.delete(key)) ready.add(key);
    pump();
  };

  const pump = (): void => {
    if (signal !== undefined && !signal.aborted) {
      for (const key of ready) {
        if (running.size >= concurrency) break;
        ready.delete(key);
        running.add(key);
        void work(key, signal);
      }
    }
    settle();
  };

  const delay = (key: K, delayMs: number): void => {
    const dueMs = clock.monotonicMs() + delayMs;
    const waiting = delayed.get(key);
    if (waiting !== undefined && waiting.dueMs <= dueMs) return;
    undelay(key);
    const timer = clock.schedule(delayMs, () => {
      delayed.delete(key);
      if (running.has(key)) again.add(key);
      else ready.add(key);
      pump();
    });
    delayed.set(key, { dueMs, timer });
  };

  return {
    add(key) {
      if (running.has(key)) {
        again.add(key);
        return;
      }
      undelay(key);
      ready.add(key);
      pump();
    },
    addAfter(key, delayMs) {
      if (!ready.has(key)) delay(key, delayMs);
    },
    get size() {
      return ready.size + delayed.size;
    },
    idle: () =>
      ready.size === 0 && delayed.size === 0 && running.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idleWaiters.push(resolve);
          }),
    run(stop) {
      if (signal !== undefined) throw new Error('a work queue runs once');
      signal = stop;
      return new Promise((resolve) => {
        finish = () => {
          for (const key of delayed.keys()) undelay(key);
          resolve();
        };
        stop.addEventListener('abort', settle, { once: true });
        pump();
      });
    },
  };
}
