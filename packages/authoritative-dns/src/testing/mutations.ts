/** Numbers from 0 to 2^31 that a seed determines (xorshift). */
export function numbersFrom(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 1;
  };
}

/** Octets that lengths, pointers and flags are made of. */
const telling = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff];

/** A message with up to four changes: octets replaced, put in, taken out, or the end cut off. */
export function mutated(message: Buffer, random: () => number): Buffer {
  let octets = Buffer.from(message);
  for (let edits = random() % 5; edits > 0; edits--) {
    const at = random() % Math.max(1, octets.length);
    const kind = random() % 8;
    if (kind < 3) octets[at] = random();
    else if (kind < 5) octets[at] = telling[random() % telling.length] as number;
    else if (kind === 5) octets = octets.subarray(0, at);
    else if (kind === 6) octets = Buffer.concat([octets.subarray(0, at), Buffer.from([random(), random()]), octets.subarray(at)]);
    else octets = Buffer.concat([octets.subarray(0, at), octets.subarray(at + 1 + (random() % 4))]);
  }
  return octets;
}
