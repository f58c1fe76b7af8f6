/** A small generator of pseudo-random numbers (mulberry32): the same seed gives the same packets on every machine. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) % below;
  };
}

/** Octets that break most: zero, lengths at their limits, pointers. */
const nasty = [0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff];

/** A packet changed in one to four ways: octets set, cut off, inserted, doubled, copied from another. */
export function mutate(packet: Uint8Array, other: Uint8Array, random: (below: number) => number): Uint8Array {
  let octets = Buffer.from(packet);
  for (let edits = 1 + random(4); edits > 0; edits--) {
    const at = random(octets.length + 1);
    switch (random(7)) {
      case 0:
      case 1:
        if (at < octets.length) octets[at] = random(256);
        break;
      case 2:
        if (at < octets.length) octets[at] = nasty[random(nasty.length)] as number;
        break;
      case 3: // header counts and the first lengths are reached too rarely by chance
        if (octets.length > 12) octets[4 + random(9)] = random(4);
        break;
      case 4:
        octets = octets.subarray(0, at);
        break;
      case 5:
        octets = Buffer.concat([octets.subarray(0, at), Buffer.from([random(256)]), octets.subarray(at)]);
        break;
      default: {
        const from = random(other.length + 1);
        octets = Buffer.concat([octets.subarray(0, at), other.subarray(from, from + random(40)), octets.subarray(at)]);
      }
    }
    octets = Buffer.from(octets.subarray(0, 65_535));
  }
  return octets;
}
