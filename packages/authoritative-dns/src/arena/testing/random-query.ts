import { dnsNameToWire } from '@seamark/common/model';

import { recordTypeCode } from '../../wire/record-type.ts';
import { randomQuestion, type RandomZone, type SeededRandom } from '../../zone/answer/testing/random-zones.ts';

/** A query about a zone as clients send them: any case, with and without EDNS, with options and odd flags. `cookie` gives the data of an option. */
export function randomQuery(random: SeededRandom, zone: RandomZone, cookie: () => Uint8Array): Uint8Array {
  const { name, type } = randomQuestion(random, zone);
  const wire = dnsNameToWire(random.chance(5) ? 'www.elsewhere.example' : name).map((octet) =>
    octet >= 0x61 && octet <= 0x7a && random.chance(30) ? octet ^ 0x20 : octet,
  );
  const code = random.chance(10)
    ? 65
    : random.chance(5)
      ? random.pick([0, 41, 43, 46, 47, 64, 128, 249, 250, 252, 255, 65_535])
      : (recordTypeCode(type) as number);
  const hasEdns = random.chance(60);
  const flags = random.pick([0, 0x0100, 0x0110, 0x0130, 0x0100, 0x8100, 0x2900, 0x0640]);
  const query = [random.below(256), random.below(256), flags >>> 8, flags & 0xff, 0, 1, 0, 0, 0, 0, 0, hasEdns ? 1 : 0];
  query.push(...wire, code >>> 8, code & 0xff, 0, random.chance(3) ? 3 : 1);
  if (hasEdns) {
    const size = random.pick([0, 512, 700, 1232, 4096]);
    const options = random.chance(40) ? [] : Array.from({ length: 1 + random.below(3) }, () => randomOption(random, cookie)).flat();
    query.push(
      0,
      0,
      41,
      size >>> 8,
      size & 0xff,
      0,
      random.chance(5) ? 1 : 0,
      random.chance(30) ? 0x80 : 0,
      0,
      options.length >>> 8,
      options.length & 0xff,
      ...options,
    );
  }
  return Uint8Array.from(query);
}

/** NSID, client subnet, expire, cookie, keepalive, padding, unknown. */
function randomOption(random: SeededRandom, cookie: () => Uint8Array): number[] {
  if (random.chance(60)) {
    const data = cookie();
    return [0, 10, 0, data.length, ...data];
  }
  return random.pick([
    [0, 3, 0, 0],
    [0, 3, 0, 1, 0],
    [0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2],
    [0, 9, 0, 0],
    [0, 11, 0, 0],
    [0, 12, 0, 3, 0, 0, 0],
    [0xfd, 0xe9, 0, 2, 1, 2],
  ]);
}

/** The query with a few of its octets changed, taken out or put in. */
export function mutated(random: SeededRandom, query: Uint8Array): Uint8Array {
  const octets = [...query];
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(octets.length + 1);
    const roll = random.below(4);
    if (roll === 0) octets.splice(at, 1 + random.below(3));
    else if (roll === 1) octets.splice(at, 0, random.below(256));
    else if (roll === 2) octets.length = at;
    else if (at < octets.length) octets[at] = random.pick([0, 1, 63, 64, 0xc0, 0xff, random.below(256)]);
  }
  return Uint8Array.from(octets);
}
