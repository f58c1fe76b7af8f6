import { type Prefix, addressFromBytes, prefixContains } from '@seamark/common/model';

import { isAddress, type Reorder } from './policy.ts';

/** Puts addresses of the first prefix in front, then those of the second, …; what is in none keeps its order behind them. */
export function prefer(prefixes: readonly Prefix[]): Reorder {
  return (set) => {
    if (!isAddress(set) || set.rdata.length < 2) return set;
    const ranked = set.rdata.map((octets) => {
      const address = addressFromBytes(octets);
      const rank = prefixes.findIndex((prefix) => prefixContains(prefix, address));
      return { octets, rank: rank < 0 ? prefixes.length : rank };
    });
    return { ...set, rdata: ranked.toSorted((a, b) => a.rank - b.rank).map(({ octets }) => octets) };
  };
}
