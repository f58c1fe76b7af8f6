import { dnsNameToWire } from '@seamark/common/model';

import type { SeededRandom } from '../zone/answer/testing/random-zones.ts';

const types = [1, 1, 1, 28, 5, 2, 6, 12, 15, 16, 33, 43, 48, 255, 64, 65_280];

/** A query for one of these names, one of those below or above, as clients send it: with or without EDNS, DO, NSID. */
export function randomQuestion(random: SeededRandom, names: readonly string[]): Uint8Array {
  const named = random.pick(names);
  const name = random.chance(15) ? `x.${named}` : random.chance(10) ? named.slice(named.indexOf('.') + 1) : named;
  const nsid = [0, 3, 0, 0];
  const options = random.chance(15) ? nsid : [];
  const edns = random.chance(60)
    ? [0, 0, 41, 2 + (options.length % 3), 208, 0, 0, random.chance(20) ? 0x80 : 0, 0, 0, options.length, ...options]
    : [];
  const header = [0, 0, random.chance(50) ? 1 : 0, 0, 0, 1, 0, 0, 0, 0, 0, edns.length > 0 ? 1 : 0];
  const type = random.pick(types);
  return Uint8Array.from([...header, ...dnsNameToWire(name), type >> 8, type & 255, 0, 1, ...edns]);
}
