/**
 * A growing set of small non-negative integers that finds its least member at once: bits in words, and above them, level by level,
 * one bit for each word that is not zero. Every operation touches one word a level; 2^32 positions have seven levels. Memory is
 * about one bit for each position up to the greatest ever added.
 */
export class BitTree {
  #levels: Uint32Array[] = [new Uint32Array(1)];

  /** Adds a position; one that is there stays. */
  add(position: number): void {
    if (position >= (this.#levels[0] as Uint32Array).length * 32) this.#grow(position);
    let bit = position;
    for (const level of this.#levels) {
      const word = Math.trunc(bit / 32);
      const before = level[word] as number;
      level[word] = before | (1 << (bit % 32));
      if (before !== 0) return; // the levels above know of this word already
      bit = word;
    }
  }

  /** Removes a position; one that is not there changes nothing. */
  delete(position: number): void {
    if (!this.has(position)) return;
    let bit = position;
    for (const level of this.#levels) {
      const word = Math.trunc(bit / 32);
      const after = (level[word] as number) & ~(1 << (bit % 32));
      level[word] = after;
      if (after !== 0) return;
      bit = word;
    }
  }

  has(position: number): boolean {
    const word = (this.#levels[0] as Uint32Array)[Math.trunc(position / 32)];
    return word !== undefined && (word & (1 << (position % 32))) !== 0;
  }

  /** The least position; `undefined` when empty. */
  first(): number | undefined {
    let position = 0;
    for (let index = this.#levels.length - 1; index >= 0; index -= 1) {
      const word = (this.#levels[index] as Uint32Array)[position] as number;
      if (word === 0) return undefined; // only the top word can be zero
      position = position * 32 + trailingZeros(word);
    }
    return position;
  }

  /** Doubles at least, so that growing costs O(1) a position over time. */
  #grow(position: number): void {
    const needed = Math.trunc(position / 32) + 1;
    let length = Math.max(needed, (this.#levels[0] as Uint32Array).length * 2);
    for (let index = 0; ; index += 1) {
      const level = new Uint32Array(length);
      const before = this.#levels[index];
      if (before !== undefined) level.set(before);
      else summarise(this.#levels[index - 1] as Uint32Array, level);
      this.#levels[index] = level;
      if (length === 1) return;
      length = Math.ceil(length / 32);
    }
  }
}

function summarise(below: Uint32Array, level: Uint32Array): void {
  for (const [word, bits] of below.entries()) {
    if (bits !== 0) level[Math.trunc(word / 32)] = (level[Math.trunc(word / 32)] as number) | (1 << (word % 32));
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}
