import type { RevisionEvents } from '../kv-store.ts';

/** Bounds of a {@link History}; whichever is reached first. */
export interface HistoryLimits {
  readonly revisions: number;
  /** Bytes of the keys and values that were put or deleted. */
  readonly bytes: number;
}

/**
 * The changes of the last revisions. Revisions are consecutive: one that changes nothing is never made.
 */
export class History {
  /** The oldest is at `#first`; places before it are already dropped. */
  #batches: (RevisionEvents | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  /** Bytes of the retained changes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Oldest retained revision; undefined when none is. */
  get oldestRevision(): number | undefined {
    return this.#batches[this.#first]?.revision;
  }

  push(batch: RevisionEvents): void {
    this.#batches.push(batch);
    this.#bytes += batchBytes(batch);
  }

  /** Takes back the newest. */
  pop(): RevisionEvents | undefined {
    if (this.#first === this.#batches.length) return undefined;
    const batch = this.#batches.pop();
    if (batch !== undefined) this.#bytes -= batchBytes(batch);
    return batch;
  }

  /** Retained batches from `revision` on, oldest first. */
  *from(revision: number): Generator<RevisionEvents> {
    const oldest = this.oldestRevision;
    if (oldest === undefined) return;
    for (let place = this.#first + Math.max(0, revision - oldest); place < this.#batches.length; place++) {
      yield this.#batches[place] as RevisionEvents;
    }
  }

  /** Drops everything before `revision`. */
  dropBefore(revision: number): void {
    while ((this.oldestRevision ?? revision) < revision) this.#dropOldest();
  }

  /** Drops the oldest until the limits are kept, but nothing from `keepFrom` on. Returns whether something was dropped. */
  trim(limits: HistoryLimits, keepFrom: number): boolean {
    let dropped = false;
    while (
      (this.oldestRevision ?? keepFrom) < keepFrom &&
      (this.#batches.length - this.#first > limits.revisions || this.#bytes > limits.bytes)
    ) {
      this.#dropOldest();
      dropped = true;
    }
    return dropped;
  }

  #dropOldest(): void {
    const batch = this.#batches[this.#first];
    if (batch === undefined) return;
    this.#batches[this.#first++] = undefined;
    this.#bytes -= batchBytes(batch);
    // Moving the array now and then instead of at every drop keeps a drop O(1) on average.
    if (this.#first >= 1024 && this.#first * 2 >= this.#batches.length) {
      this.#batches = this.#batches.slice(this.#first);
      this.#first = 0;
    }
  }
}

function batchBytes(batch: RevisionEvents): number {
  let bytes = 0;
  for (const event of batch.events) {
    bytes +=
      event.type === 'put' ? event.entry.key.length + event.entry.value.length : event.key.length + (event.previous?.value.length ?? 0);
  }
  return bytes;
}
