import { compareKeys, comparePlainKeys, isPlainKey } from './key-order.ts';

/**
 * Keys of a chunk before it is split in two. An insert moves half a chunk of pointers (2 KiB) on average, and a million keys make
 * some thousand chunks, so both searches stay in a few cache lines.
 */
const maxChunkKeys = 512;

/**
 * A map from keys to values that also knows the keys in byte order: a hash map for single keys beside a list of sorted chunks for
 * prefixes. Set and delete of a new or present key take O(log n + chunk), a prefix O(log n + what it holds).
 */
export class KeyIndex<T> {
  readonly #values = new Map<string, T>();
  /** Sorted, none empty; all keys of a chunk are below all keys of the next. */
  readonly #chunks: string[][] = [];
  /** The faster comparison, for as long as every key allows it. */
  #compare: (a: string, b: string) => number = comparePlainKeys;

  get size(): number {
    return this.#values.size;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: T): void {
    const size = this.#values.size;
    this.#values.set(key, value);
    if (this.#values.size !== size) this.#insert(key);
  }

  /** Returns whether the key was there. */
  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false;
    const place = this.#chunkOf(key);
    const chunk = this.#chunks[place];
    if (chunk === undefined) return true;
    chunk.splice(this.#lowerBound(chunk, key), 1);
    const next = this.#chunks[place + 1];
    if (chunk.length === 0) this.#chunks.splice(place, 1);
    // Half a chunk leaves room, so that inserts do not split it again at once.
    else if (next !== undefined && chunk.length + next.length <= maxChunkKeys / 2) this.#chunks.splice(place, 2, [...chunk, ...next]);
    return true;
  }

  /** Values of all keys with the prefix, in byte order of the keys. Do not change the index while iterating. */
  *withPrefix(prefix: string): Generator<T> {
    // The prefix is compared too, and it need not be a key.
    const compare = isPlainKey(prefix) ? this.#compare : compareKeys;
    let place = this.#chunkOf(prefix, compare);
    let chunk = this.#chunks[place];
    let index = chunk === undefined ? 0 : this.#lowerBound(chunk, prefix, compare);
    for (; chunk !== undefined; chunk = this.#chunks[++place], index = 0) {
      for (; index < chunk.length; index++) {
        const key = chunk[index] as string;
        if (!key.startsWith(prefix)) return;
        yield this.#values.get(key) as T;
      }
    }
  }

  #insert(key: string): void {
    if (this.#compare === comparePlainKeys && !isPlainKey(key)) this.#compare = compareKeys;
    const last = this.#chunks.at(-1);
    if (last === undefined) {
      this.#chunks.push([key]);
      return;
    }
    // Keys that come in order, as from a snapshot, fill their chunks and never search.
    if (this.#compare(last.at(-1) as string, key) < 0) {
      if (last.length < maxChunkKeys) last.push(key);
      else this.#chunks.push([key]);
      return;
    }
    const place = this.#chunkOf(key);
    const chunk = this.#chunks[place] as string[];
    chunk.splice(this.#lowerBound(chunk, key), 0, key);
    if (chunk.length > maxChunkKeys) this.#chunks.splice(place + 1, 0, chunk.splice(maxChunkKeys / 2));
  }

  /** First chunk whose last key is not below `key`. */
  #chunkOf(key: string, compare = this.#compare): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#chunks[middle]?.at(-1) as string, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** First place in a chunk whose key is not below `key`. */
  #lowerBound(chunk: readonly string[], key: string, compare = this.#compare): number {
    let low = 0;
    let high = chunk.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(chunk[middle] as string, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
