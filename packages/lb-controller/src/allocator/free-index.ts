import type { AddressIndex } from '@seamark/common/model';
import { BitTree } from './bit-tree.ts';

/**
 * Which of the indices 0..size-1 are free, whatever the size: everything from a frontier on is free except a set of exceptions, and
 * below the frontier a {@link BitTree} holds what was given back. The frontier only moves past indices that somebody took, so memory
 * and work follow what is in use, never the size. Taking the lowest, taking a given one and giving back are O(1) amortised.
 */
export class FreeIndex {
  readonly #size: bigint;
  #frontier = 0; // all below was taken at some time; a number suffices, because nobody takes 2^53 addresses
  readonly #returned = new BitTree(); // free, below the frontier
  readonly #exceptions = new Set<AddressIndex>(); // taken, at or above the frontier
  #taken = 0;

  constructor(size: bigint) {
    this.#size = size;
  }

  /** How many indices are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** True when no index is free. */
  get isFull(): boolean {
    return BigInt(this.#taken) >= this.#size;
  }

  isFree(index: AddressIndex): boolean {
    return index < this.#frontier ? this.#returned.has(Number(index)) : index < this.#size && !this.#exceptions.has(index);
  }

  /** Takes the lowest free index; `undefined` when none is left. */
  takeLowest(): AddressIndex | undefined {
    if (this.isFull) return undefined;
    const index = this.#returned.first() ?? this.#frontier;
    this.take(index);
    return index;
  }

  /** Takes one index; false when it was not free. */
  take(index: AddressIndex): boolean {
    if (!this.isFree(index)) return false;
    this.#taken += 1;
    if (index < this.#frontier) this.#returned.delete(Number(index));
    else if (index === this.#frontier) this.#advance();
    else this.#exceptions.add(index);
    return true;
  }

  /** Gives a taken index back; false when it was free. */
  giveBack(index: AddressIndex): boolean {
    if (index >= this.#size || this.isFree(index)) return false;
    this.#taken -= 1;
    if (index < this.#frontier) this.#returned.add(Number(index));
    else this.#exceptions.delete(index);
    return true;
  }

  /** The taken indices: ascending below the frontier, then the exceptions in the order in which they were taken. */
  *takenIndices(): Generator<AddressIndex> {
    for (let index = 0; index < this.#frontier; index += 1) if (!this.#returned.has(index)) yield index;
    yield* this.#exceptions;
  }

  #advance(): void {
    do this.#frontier += 1;
    while (this.#exceptions.delete(this.#frontier));
  }
}
