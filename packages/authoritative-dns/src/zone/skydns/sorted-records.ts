import { compareRecords } from './node-data.ts';
import type { SkydnsRecord } from './skydns-record.ts';

/** Records of a chunk before it is split: an insert moves half a chunk of pointers, and a million records make some thousand chunks. */
const maxChunkRecords = 512;

/**
 * What a visitor wants next: the following record (`undefined`), the first one whose path is at or after a text, or an end (`false`).
 */
export type VisitNext = undefined | string | false;

/** All records in order, so that those below a name are one range, as they are in etcd. Adding and removing take O(log n + chunk). */
export class SortedRecords {
  /** None empty; all records of a chunk stand before all of the next. */
  private chunks: SkydnsRecord[][] = [];

  /** Adds a record that is not there. */
  add(record: SkydnsRecord): void {
    const { chunks } = this;
    const last = chunks.at(-1);
    // Records that come in order, as from a snapshot, fill their chunks and never search.
    if (last === undefined || compareRecords(last.at(-1) as SkydnsRecord, record) < 0) {
      if (last === undefined || last.length >= maxChunkRecords) chunks.push([record]);
      else last.push(record);
      return;
    }
    const place = this.chunkOf(record.path);
    let chunk = chunks[place] as SkydnsRecord[];
    let at = lowerBound(chunk, record.path);
    let chunkAt = place;
    // Records of one path are few; they are ordered by key.
    while (compareRecords(chunk[at] ?? record, record) < 0) {
      at++;
      if (at < chunk.length || chunkAt + 1 >= chunks.length) continue;
      chunk = chunks[++chunkAt] as SkydnsRecord[];
      at = 0;
    }
    chunk.splice(at, 0, record);
    if (chunk.length > maxChunkRecords) chunks.splice(chunkAt + 1, 0, chunk.splice(maxChunkRecords / 2));
  }

  /** Puts a record in the place of one with the same path and key. */
  replace(former: SkydnsRecord, record: SkydnsRecord): void {
    const { chunks } = this;
    for (let place = this.chunkOf(former.path); place < chunks.length; place++) {
      const chunk = chunks[place] as SkydnsRecord[];
      const at = chunk.indexOf(former, lowerBound(chunk, former.path));
      if (at < 0) continue;
      chunk[at] = record;
      return;
    }
  }

  /** Removes a record that is there. */
  remove(record: SkydnsRecord): void {
    const { chunks } = this;
    for (let place = this.chunkOf(record.path); place < chunks.length; place++) {
      const chunk = chunks[place] as SkydnsRecord[];
      const at = chunk.indexOf(record, lowerBound(chunk, record.path));
      if (at < 0) continue;
      chunk.splice(at, 1);
      const next = chunks[place + 1];
      if (chunk.length === 0) chunks.splice(place, 1);
      // Half a chunk leaves room, so that inserts do not split it again at once.
      else if (next !== undefined && chunk.length + next.length <= maxChunkRecords / 2) chunks.splice(place, 2, [...chunk, ...next]);
      return;
    }
  }

  /** Visits the records from the first one at or after `from` in order. The records must not change meanwhile. */
  visit(from: string, visitor: (record: SkydnsRecord) => VisitNext): void {
    const { chunks } = this;
    let place = this.chunkOf(from);
    let chunk = chunks[place];
    let at = chunk === undefined ? 0 : lowerBound(chunk, from);
    while (chunk !== undefined) {
      const record = chunk[at];
      if (record === undefined) {
        chunk = chunks[++place];
        at = 0;
        continue;
      }
      const next = visitor(record);
      if (next === false) return;
      if (next === undefined || next <= record.path) at++;
      else {
        place = this.chunkOf(next);
        chunk = chunks[place];
        at = chunk === undefined ? 0 : lowerBound(chunk, next);
      }
    }
  }

  /** First chunk whose last path is not before `path`. */
  private chunkOf(path: string): number {
    const { chunks } = this;
    let low = 0;
    let high = chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((chunks[middle] as SkydnsRecord[]).at(-1) as SkydnsRecord).path < path) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** First place in a chunk whose path is not before `path`. */
function lowerBound(chunk: readonly SkydnsRecord[], path: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle] as SkydnsRecord).path < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
