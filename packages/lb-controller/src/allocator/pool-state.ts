import { type AddressFamily, type AddressRange, type AddressSequence, createAddressSequence } from '@seamark/common/model';
import { BitTree } from './bit-tree.ts';
import { FreeIndex } from './free-index.ts';

/** A pool as it was configured. Ranges of one pool and of different pools do not overlap. */
export interface PoolDefinition {
  readonly name: string;
  /** In the order in which they are used up; either family. */
  readonly ranges: readonly AddressRange[];
  /** False: addresses only for Services that name the pool or one of its addresses. */
  readonly autoAssign: boolean;
  /** Leaves out IPv4 addresses that end in .0 or .255. */
  readonly avoidBuggyIPs: boolean;
}

/** One range of a pool and what of it is free. */
export interface RangeState {
  readonly pool: PoolState;
  readonly range: AddressRange;
  readonly sequence: AddressSequence;
  readonly free: FreeIndex;
  /** Its place among the pool's ranges of the same family. */
  readonly position: number;
}

interface FamilyState {
  readonly ranges: readonly RangeState[];
  /** Positions of ranges with a free address. */
  readonly open: BitTree;
  readonly total: bigint;
  used: number;
}

/** The free and used addresses of one pool. Knows nothing of holders. */
export class PoolState {
  /** Changes in place when only `autoAssign` differs: that moves no address. */
  definition: PoolDefinition;
  readonly #families: Readonly<Record<AddressFamily, FamilyState>>;

  constructor(definition: PoolDefinition) {
    this.definition = definition;
    this.#families = { IPv4: this.#familyState('IPv4'), IPv6: this.#familyState('IPv6') };
  }

  get name(): string {
    return this.definition.name;
  }

  /** Ranges of both families. */
  get ranges(): readonly RangeState[] {
    return [...this.#families.IPv4.ranges, ...this.#families.IPv6.ranges];
  }

  /** Usable addresses of a family; exact. */
  total(family: AddressFamily): bigint {
    return this.#families[family].total;
  }

  /** Held addresses of a family. */
  used(family: AddressFamily): number {
    return this.#families[family].used;
  }

  hasFree(family: AddressFamily): boolean {
    return this.#families[family].open.first() !== undefined;
  }

  /** The range that {@link take} would use for the lowest free address, in the order of the definition. */
  firstOpenRange(family: AddressFamily): RangeState | undefined {
    const position = this.#families[family].open.first();
    return position === undefined ? undefined : this.#families[family].ranges[position];
  }

  /** To be called when an index of the range has been taken (+1) or given back (-1). */
  count(range: RangeState, change: 1 | -1): void {
    const state = this.#families[range.range.family];
    state.used += change;
    if (range.free.isFull) state.open.delete(range.position);
    else state.open.add(range.position);
  }

  #familyState(family: AddressFamily): FamilyState {
    const { ranges, avoidBuggyIPs } = this.definition;
    const states = ranges
      .filter((range) => range.family === family)
      .map((range, position): RangeState => {
        const sequence = createAddressSequence(range, { avoidBuggyIPs });
        return { pool: this, range, sequence, free: new FreeIndex(sequence.size), position };
      });
    const open = new BitTree();
    for (const state of states) if (!state.free.isFull) open.add(state.position);
    return { ranges: states, open, total: states.reduce((sum, state) => sum + state.sequence.size, 0n), used: 0 };
  }
}

/** True when two definitions hand out the same addresses in the same order. */
export function sameAddresses(a: PoolDefinition, b: PoolDefinition): boolean {
  return (
    a.avoidBuggyIPs === b.avoidBuggyIPs &&
    a.ranges.length === b.ranges.length &&
    a.ranges.every((range, index) => range.first === b.ranges[index]?.first && range.last === b.ranges[index]?.last)
  );
}
