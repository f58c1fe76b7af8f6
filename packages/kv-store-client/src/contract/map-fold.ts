import type { MirrorFold } from '../mirror.ts';

/** A fold that keeps `key → value` as text, and counts what it was given. */
export interface MapFold extends MirrorFold {
  readonly values: Map<string, string>;
  resets: number;
  /** Revisions of `apply`, in order. */
  readonly applied: number[];
}

/** Creates a {@link MapFold}. */
export function createMapFold(): MapFold {
  const values = new Map<string, string>();
  const decoder = new TextDecoder();
  return {
    values,
    resets: 0,
    applied: [],
    reset(entries) {
      this.resets += 1;
      values.clear();
      for (const entry of entries) values.set(entry.key, decoder.decode(entry.value));
    },
    apply(batch) {
      this.applied.push(batch.revision);
      for (const event of batch.events) {
        if (event.type === 'put') values.set(event.entry.key, decoder.decode(event.entry.value));
        else values.delete(event.key);
      }
    },
  };
}
