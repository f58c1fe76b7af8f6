import type { KeyValue } from './kv-store.ts';

/** What {@link diffEntries} found. */
export interface EntriesDiff {
  /** Entries that are new or have another revision, in the order given. */
  readonly changed: readonly KeyValue[];
  /** Keys that are gone. */
  readonly deleted: readonly string[];
}

/**
 * Compares the whole content that a MirrorFold.reset is given with what the fold knows, key → modRevision: for a fold for which a
 * change is expensive and most of a reset is no change.
 */
export function diffEntries(known: ReadonlyMap<string, number>, entries: readonly KeyValue[]): EntriesDiff {
  const present = new Set<string>();
  const changed: KeyValue[] = [];
  for (const entry of entries) {
    present.add(entry.key);
    if (known.get(entry.key) !== entry.modRevision) changed.push(entry);
  }
  return { changed, deleted: [...known.keys()].filter((key) => !present.has(key)) };
}
