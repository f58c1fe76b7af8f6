import type { Clock } from '@seamark/common/controller';
import type { KeyValue, KvStore } from '@seamark/kv-store-client';

/** Revisions, of whatever keys, that a store is asked to go through: it reads each of them. */
const maxRevisions = 10_000;
/** Time that the store has for it: one that does not say when it has told everything is not waited for longer. */
const withinMs = 2_000;

/** Options of {@link LastChange}. */
export interface LastChangeOptions {
  readonly store: KvStore;
  readonly prefix: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Finds the revision of the last change below a prefix, which is the serial of its zones, for who has just read the store: the same that
 * a replica knows which has followed it since. The revision of the reading would not do, since it grows with other keys as well.
 *
 * What is stored tells of the last write. Of a later deletion only the store's history tells; where that is compacted, or long, the
 * serial is that of the last write until something changes.
 */
export class LastChange {
  private readonly options: LastChangeOptions;

  constructor(options: LastChangeOptions) {
    this.options = options;
  }

  /** What `entries`, read at `revision`, tell of the last change; `known` is what was known before, and 0 when nothing was. */
  among(entries: readonly Pick<KeyValue, 'modRevision'>[], revision: number, known: number): number {
    // A store that is older than what is known has been restored; then nothing is.
    const least = known <= revision ? known : 0;
    return entries.reduce((last, { modRevision }) => Math.max(last, modRevision), Math.max(least, 1));
  }

  /** Tells of deletions after one revision and up to another as they are found. Ends by itself. */
  findDeletions(after: number, upTo: number, found: (revision: number) => void): void {
    const { store, prefix, clock, signal } = this.options;
    if (upTo <= after || upTo - after > maxRevisions || signal.aborted) return;
    const watch = new AbortController();
    const end = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', end);
      watch.abort();
    };
    const timer = clock.schedule(withinMs, end);
    signal.addEventListener('abort', end, { once: true });
    const history = store.watch(
      { prefix, fromRevision: after + 1, signal: watch.signal },
      {
        onEvents({ revision }) {
          if (revision >= upTo) end();
          if (revision <= upTo) found(revision);
        },
        onProgress: (revision) => revision >= upTo && end(),
        onCompacted: end,
      },
    );
    history.requestProgress();
  }
}
