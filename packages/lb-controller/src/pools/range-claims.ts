import type { AddressFamily, AddressRange } from '@seamark/common/model';

/** Ranges that are spoken for, each with its owner; kept sorted, so that asking costs a binary search. */
export class RangeClaims<Owner> {
  readonly #sorted: Record<AddressFamily, { readonly range: AddressRange; readonly owner: Owner }[]> = { IPv4: [], IPv6: [] };

  /** Some claim that shares an address with the range. */
  conflictWith(range: AddressRange): { readonly range: AddressRange; readonly owner: Owner } | undefined {
    const claims = this.#sorted[range.family];
    const at = this.#after(range);
    const before = claims[at - 1];
    if (before !== undefined && before.range.last >= range.first) return before;
    const next = claims[at];
    return next !== undefined && next.range.first <= range.last ? next : undefined;
  }

  /** Adds a range that conflicts with none. */
  add(range: AddressRange, owner: Owner): void {
    this.#sorted[range.family].splice(this.#after(range), 0, { range, owner });
  }

  /** Position of the first claim that begins after the range begins. */
  #after(range: AddressRange): number {
    const claims = this.#sorted[range.family];
    let low = 0;
    let high = claims.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((claims[middle] as { range: AddressRange }).range.first <= range.first) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
