import { type Address, addressFamily, type AddressFamily } from '@seamark/common/model';
import type { RangeState } from './pool-state.ts';

/** Finds the range that contains an address, by binary search over ranges that do not overlap. Immutable. */
export class RangeIndex {
  readonly #sorted: Readonly<Record<AddressFamily, readonly RangeState[]>>;

  constructor(ranges: readonly RangeState[]) {
    const sorted = (family: AddressFamily): RangeState[] =>
      ranges.filter((state) => state.range.family === family).toSorted((a, b) => (a.range.first < b.range.first ? -1 : 1));
    this.#sorted = { IPv4: sorted('IPv4'), IPv6: sorted('IPv6') };
  }

  /** The range of the address, also when the address itself is left out there (avoidBuggyIPs). */
  find(address: Address): RangeState | undefined {
    const ranges = this.#sorted[addressFamily(address)];
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ranges[middle] as RangeState).range.first <= address) low = middle + 1;
      else high = middle;
    }
    const candidate = ranges[low - 1];
    return candidate !== undefined && address <= candidate.range.last ? candidate : undefined;
  }
}
