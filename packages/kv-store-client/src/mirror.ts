import type { Clock } from '@seamark/common/controller';
import type { KeyValue, KvStore, RevisionEvents } from './kv-store.ts';

/**
 * The state that a mirror keeps true, as a pure reaction to the store: it holds whatever it wants to hold (an index, a count),
 * not necessarily the values. Both methods are synchronous and are never called at the same time.
 */
export interface MirrorFold {
  /** The whole content as of a revision: at the start, and after history was lost. Replace everything known before by it. */
  reset(entries: readonly KeyValue[], revision: number): void;
  /** One revision's changes. */
  apply(batch: RevisionEvents): void;
}

/** Where a mirror stands. `stale` carries since when (monotonic ms) nothing is known of the store; the state stays readable. */
export type MirrorState =
  | { readonly phase: 'loading' }
  | { readonly phase: 'live'; readonly revision: number }
  | { readonly phase: 'stale'; readonly revision: number; readonly sinceMs: number; readonly error: unknown }
  | { readonly phase: 'stopped' };

/** A synced local copy of everything below a prefix. */
export interface Mirror {
  /** Resolves after the first `reset`, or when the fold turned out to have the content of {@link MirrorOptions.resume}. Stays pending while the store cannot be reached: an absent store is waited for. Rejects when stopped before. */
  readonly synced: Promise<void>;
  state(): MirrorState;
  /** Revision up to which the fold is true; 0 before the first reset. */
  readonly revision: number;
  /**
   * Resolves once `revision` is at least the given one (read-your-writes), also when that revision changed nothing below the prefix;
   * rejects with the reason when the signal, or the mirror's own, aborts.
   */
  reached(revision: number, signal?: AbortSignal): Promise<void>;
  /** Told of every change of {@link Mirror.state}. */
  subscribe(listener: (state: MirrorState) => void): Disposable;
}

/** A content that a fold has when its mirror begins. */
export interface MirrorResume {
  /** Revision of the store that it is as of. */
  readonly revision: number;
  /**
   * Whether it is this store's content of that revision, and the fold ready for changes; else everything is read. An error counts as one
   * of reading: it is asked again.
   */
  isSame(): Promise<boolean>;
}

/** Options of {@link createMirror}. */
export interface MirrorOptions {
  readonly store: KvStore;
  readonly prefix: string;
  readonly fold: MirrorFold;
  readonly signal: AbortSignal;
  /** What the fold has from elsewhere, so that only the changes since then are to be read. Default: everything is read. */
  readonly resume?: MirrorResume;
  /** Told when the fold throws; the batch counts as applied (isolate bad values inside the fold). */
  readonly onFoldError?: (error: unknown) => void;
  /** Told when the store's content cannot be read: the first time, and when the reason changes. It is tried again by itself. */
  readonly onReadError?: (error: unknown) => void;
  /** Randomness for the jitter of retries, 0..1. Default Math.random. */
  readonly random?: () => number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}
