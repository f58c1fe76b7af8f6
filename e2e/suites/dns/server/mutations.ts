/** Whole numbers from 0 to below `bound` that a seed determines (mulberry32). */
export function numbersFrom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** Octets that lengths, pointers and flags are made of. */
const telling = [0, 1, 2, 12, 0x29, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

/** Octets with up to six changes: some replaced, put in, repeated, taken out, or the end cut off. */
export function mutated(octets: Buffer, random: (bound: number) => number): Buffer {
  let result = Buffer.from(octets);
  for (let edits = random(7); edits > 0; edits--) {
    const at = random(Math.max(1, result.length));
    const to = Math.min(result.length, at + 1 + random(6));
    const kind = random(8);
    if (kind < 2) result[at] = random(256);
    else if (kind < 4) result[at] = telling[random(telling.length)] as number;
    else if (kind === 4) result = result.subarray(0, at);
    else if (kind === 5) result = Buffer.concat([result.subarray(0, at), result.subarray(to)]);
    else if (kind === 6) result = Buffer.concat([result.subarray(0, to), result.subarray(at)]);
    else result = Buffer.concat([result.subarray(0, at), Buffer.from([random(256), random(256)]), result.subarray(at)]);
  }
  return Buffer.from(result);
}
