import { countedTypes } from '@seamark/netio';

import { recordTypeName } from '../wire/record-type.ts';

/** The label of a counter by its place in `countedTypes`; `other` behind them. */
export function typeLabel(slot: number): string {
  const type = countedTypes[slot];
  return type === undefined ? 'other' : recordTypeName(type);
}

/** Counters that have counted something, by label. */
export function nonZero(counts: Float64Array, labelOf: (slot: number) => string): ReadonlyMap<string, number> {
  return new Map([...counts.entries()].filter(([, count]) => count > 0).map(([slot, count]) => [labelOf(slot), count]));
}
