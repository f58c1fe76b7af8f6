import { isSeamarkError } from '@seamark/common/errors';
import type { KeyValue, KvStore, RangeResult, RevisionEvents } from '@seamark/kv-store-client';

import type { HistoryMark } from '../../snapshot/snapshot-format.ts';

const askTimeoutMs = 5_000;
/** Keys that are remembered. */
const maxMarks = 64;

/** Remembers the last changes of a store below a prefix, by which it is known again after a restart. */
export class StoreHistory {
  /** By key; the last change is the last. */
  private readonly known = new Map<string, number>();

  /** The last changes, each key as its last change left it. */
  marks(): HistoryMark[] {
    return [...this.known].map(([key, modRevision]) => ({ key, modRevision }));
  }

  /** Begins with marks that were kept. */
  restore(marks: readonly HistoryMark[]): void {
    this.known.clear();
    for (const { key, modRevision } of marks) this.known.set(key, modRevision);
  }

  /** Begins with the whole content. */
  reset(entries: readonly KeyValue[]): void {
    let newest: KeyValue[] = [];
    for (const entry of entries) {
      if (newest.length >= maxMarks && entry.modRevision <= (newest[0] as KeyValue).modRevision) continue;
      newest.push(entry);
      if (newest.length >= 2 * maxMarks) newest = last(newest);
    }
    this.restore(last(newest));
  }

  /** Goes on with a revision. */
  apply({ events }: RevisionEvents): void {
    const { known } = this;
    for (const event of events) {
      const key = event.type === 'put' ? event.entry.key : event.key;
      known.delete(key);
      known.set(key, event.type === 'put' ? event.entry.modRevision : 0);
    }
    for (const [key] of known) {
      if (known.size <= maxMarks) return;
      known.delete(key);
    }
  }
}

function last(entries: readonly KeyValue[]): KeyValue[] {
  return entries.toSorted((a, b) => a.modRevision - b.modRevision).slice(-maxMarks);
}

/**
 * What a store says of marks that were taken at a revision: `same` = it had them then, and has every change since; `compacted` = nothing
 * speaks against them, but the changes since then are gone; `other` = it is another store, or was restored from a backup of before.
 */
export type HistoryVerdict = 'same' | 'compacted' | 'other';

/** Asks a store for marks, and for its present revision. Throws what the store says when it cannot be asked. */
export async function compareHistory(
  store: Pick<KvStore, 'range'>,
  asOf: number,
  marks: readonly HistoryMark[],
  halt: AbortSignal,
): Promise<{ readonly verdict: HistoryVerdict; readonly revision: number }> {
  const signal = AbortSignal.any([halt, AbortSignal.timeout(askTimeoutMs)]);
  const ask = async (revision?: number): Promise<readonly RangeResult[]> =>
    Promise.all(marks.map(async ({ key }) => store.range({ key }, { signal, ...(revision === undefined ? {} : { revision }) })));
  const present = await ask();
  const revision = present[0]?.revision ?? 0;
  // Without any mark there is nothing to know it by, and hardly anything to read.
  const isOther = marks.some(({ modRevision }, at) => {
    const now = present[at]?.entries[0]?.modRevision;
    return now !== undefined && now <= asOf && now !== modRevision;
  });
  if (isOther || revision < asOf) return { verdict: 'other', revision };
  try {
    const past = await ask(asOf);
    const isSame = marks.every(({ modRevision }, at) => (past[at]?.entries[0]?.modRevision ?? 0) === modRevision);
    return { verdict: isSame && marks.length > 0 ? 'same' : 'other', revision };
  } catch (error) {
    if (isSeamarkError(error, 'SM_STORE_COMPACTED')) return { verdict: 'compacted', revision };
    throw error;
  }
}
