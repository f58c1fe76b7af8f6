import { systemClock } from '@seamark/common/controller';
import { messageOf, SeamarkError } from '@seamark/common/errors';
import { createJitteredBackoff } from './jittered-backoff.ts';
import type { KvWatch, RevisionEvents, WatchListener } from './kv-store.ts';
import type { Mirror, MirrorOptions, MirrorResume, MirrorState } from './mirror.ts';

/** Time that a waiter leaves to the watch, which delivers own writes by itself, before the store is asked for progress. */
const graceMs = 20;
/**
 * Time that the watch has when the store cannot tell its progress: etcd looks for watches that are behind, such as one just made, every
 * 100 ms.
 */
const catchUpMs = 150;
/** Time after which progress that was asked for is not waited for any longer and the store is read instead. */
const progressWithinMs = 1_000;

/**
 * Keeps a fold true: reads everything below the prefix (`fold.reset`), unless the fold has it already, then watches from the next
 * revision (`fold.apply`). After a compaction, or when the store has lost history, it reads again. Retries for as long as `signal` is not aborted; throws nothing.
 *
 * A revision that is waited for and changed nothing below the prefix is confirmed by the watch's progress; where the store cannot give
 * that, by reading the prefix again.
 */
export function createMirror(options: MirrorOptions): Mirror {
  return new StoreMirror(options);
}

interface Waiter {
  readonly revision: number;
  readonly settle: (error?: unknown) => void;
}

class StoreMirror implements Mirror {
  readonly #options: MirrorOptions;
  readonly #clock;
  readonly #synced = Promise.withResolvers<void>();
  readonly #listeners = new Set<(state: MirrorState) => void>();
  readonly #waiters = new Set<Waiter>();
  readonly #backoff;
  #state: MirrorState = { phase: 'loading' };
  #revision = 0;
  #watch: { readonly abort: AbortController; readonly handle: KvWatch } | undefined;
  #reading = false;
  #resume: MirrorResume | undefined;
  #retry: Disposable | undefined;
  /** Message of the read error that the owner knows of. */
  #told: string | undefined;
  #confirmation: Disposable | undefined;

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#resume = options.resume;
    this.#backoff = createJitteredBackoff({ firstMs: 50, maxMs: 5_000, random: options.random ?? Math.random });
    // Whoever does not wait for it must not be ended by its rejection.
    this.#synced.promise.catch(() => undefined);
    if (options.signal.aborted) this.#stop();
    else {
      options.signal.addEventListener('abort', () => this.#stop(), { once: true });
      void this.#read();
    }
  }

  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get revision(): number {
    return this.#revision;
  }

  state(): MirrorState {
    return this.#state;
  }

  reached(revision: number, signal?: AbortSignal): Promise<void> {
    if (revision <= this.#revision) return Promise.resolve();
    const stopped = signal?.aborted === true ? signal : this.#options.signal;
    if (stopped.aborted) return Promise.reject(stopped.reason as Error);
    return new Promise((resolve, reject) => {
      const aborted = (): void => waiter.settle((signal as AbortSignal).reason);
      const waiter: Waiter = {
        revision,
        settle: (error) => {
          this.#waiters.delete(waiter);
          signal?.removeEventListener('abort', aborted);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.#waiters.add(waiter);
      this.#confirm(graceMs, () => this.#askProgress());
    });
  }

  subscribe(listener: (state: MirrorState) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  // Reading everything.

  async #read(): Promise<void> {
    if (this.#reading || this.#state.phase === 'stopped') return;
    this.#reading = true;
    try {
      const { store, prefix, fold } = this.#options;
      const resumed = this.#resume === undefined ? undefined : await this.#resumed(this.#resume);
      const { revision, entries } = resumed ?? (await store.range({ prefix }));
      if (this.#isStopped()) return;
      this.#backoff.reset();
      this.#told = undefined;
      // The watch may have come further meanwhile; without a watch, even a lower revision is the truth (the store has gone back).
      if (this.#watch === undefined || revision > this.#revision) {
        this.#endWatch();
        if (entries !== undefined) this.#guard(() => fold.reset(entries, revision));
        this.#revision = revision;
        this.#startWatch();
      }
      this.#synced.resolve();
      this.#setState({ phase: 'live', revision: this.#revision });
      this.#settleWaiters();
    } catch (error) {
      if (this.#isStopped()) return;
      if (this.#told !== messageOf(error)) {
        this.#told = messageOf(error);
        this.#options.onReadError?.(error);
      }
      this.#stale(error);
      this.#retry = this.#clock.schedule(this.#backoff.next(), () => void this.#read());
    } finally {
      this.#reading = false;
    }
    if (this.#waiters.size > 0) this.#confirm(graceMs, () => this.#askProgress());
  }

  /** What the fold has already, once; `undefined` = everything is to be read. */
  async #resumed(resume: MirrorResume): Promise<{ readonly revision: number; readonly entries: undefined } | undefined> {
    const isSame = await resume.isSame();
    this.#resume = undefined;
    return isSame ? { revision: resume.revision, entries: undefined } : undefined;
  }

  #isStopped(): boolean {
    return this.#state.phase === 'stopped';
  }

  // Following.

  #startWatch(): void {
    const { store, prefix } = this.#options;
    const abort = new AbortController();
    const current = (): boolean => this.#watch?.abort === abort;
    const listener: WatchListener = {
      onEvents: (batch) => current() && this.#apply(batch),
      onProgress: (revision) => current() && this.#advance(revision),
      onInterrupted: (error) => current() && this.#stale(error),
      onConnected: () => current() && this.#setState({ phase: 'live', revision: this.#revision }),
      onCompacted: (compactRevision) => {
        if (!current()) return;
        this.#endWatch();
        this.#stale(new SeamarkError('SM_STORE_COMPACTED', `changes below ${prefix} up to revision ${compactRevision} were missed`));
        void this.#read();
      },
    };
    // A store may call back before `watch` returns.
    const handle: { watch: KvWatch } = { watch: { requestProgress() {} } };
    this.#watch = {
      abort,
      get handle() {
        return handle.watch;
      },
    };
    try {
      handle.watch = store.watch({ prefix, fromRevision: this.#revision + 1, signal: abort.signal }, listener);
    } catch (error) {
      this.#endWatch();
      throw error;
    }
  }

  #endWatch(): void {
    this.#watch?.abort.abort();
    this.#watch = undefined;
  }

  #apply(batch: RevisionEvents): void {
    this.#guard(() => this.#options.fold.apply(batch));
    this.#advance(batch.revision);
  }

  #advance(revision: number): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    this.#setState({ phase: 'live', revision });
    this.#settleWaiters();
  }

  #guard(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#options.onFoldError?.(error);
    }
  }

  // Waiting for a revision.

  #settleWaiters(): void {
    for (const waiter of this.#waiters) if (waiter.revision <= this.#revision) waiter.settle();
    if (this.#waiters.size > 0) return;
    this.#confirmation?.[Symbol.dispose]();
    this.#confirmation = undefined;
  }

  #confirm(afterMs: number, step: () => void): void {
    this.#confirmation ??= this.#clock.schedule(afterMs, () => {
      this.#confirmation = undefined;
      if (this.#waiters.size > 0 && this.#state.phase === 'live') step();
    });
  }

  #askProgress(): void {
    const handle = this.#watch?.handle;
    if (handle === undefined) return;
    if (handle.answersProgress === false) this.#confirm(catchUpMs - graceMs, () => void this.#read());
    else {
      handle.requestProgress();
      this.#confirm(progressWithinMs, () => void this.#read());
    }
  }

  // State.

  #stale(error: unknown): void {
    if (this.#state.phase === 'loading' || this.#state.phase === 'stopped') return;
    const sinceMs = this.#state.phase === 'stale' ? this.#state.sinceMs : this.#clock.monotonicMs();
    this.#setState({ phase: 'stale', revision: this.#revision, sinceMs, error });
  }

  #setState(state: MirrorState): void {
    if (this.#state.phase === 'stopped') return;
    const back = this.#state.phase !== 'live' && state.phase === 'live';
    this.#state = state;
    for (const listener of this.#listeners) this.#guard(() => listener(state));
    if (back && this.#waiters.size > 0) this.#confirm(graceMs, () => this.#askProgress());
  }

  #stop(): void {
    const { reason } = this.#options.signal as { reason: unknown };
    this.#endWatch();
    this.#retry?.[Symbol.dispose]();
    this.#confirmation?.[Symbol.dispose]();
    this.#setState({ phase: 'stopped' });
    this.#synced.reject(reason);
    for (const waiter of this.#waiters) waiter.settle(reason);
    this.#listeners.clear();
  }
}
