/** Octets of a SipHash key. */
export const sipHashKeyOctets = 16;

/** Octets of a hash. */
export const sipHashOctets = 8;

/**
 * SipHash-2-4 with a 64-bit result (Aumasson and Bernstein, 2012), in halves of 32 bits: JavaScript has no fast 64-bit integers.
 * The state stands in an array that every call overwrites.
 */
const state = new Int32Array(8); // v0 low, v0 high, v1 low, …

/** Writes the hash of the first `length` octets of `message` into `out` at `at`, its lowest octet first. */
export function sipHash24(key: Uint8Array, message: Uint8Array, length: number, out: Uint8Array, at: number): void {
  const k0Low = littleEndian(key, 0);
  const k0High = littleEndian(key, 4);
  const k1Low = littleEndian(key, 8);
  const k1High = littleEndian(key, 12);
  // The constants spell "somepseudorandomlygeneratedbytes".
  state[0] = k0Low ^ 0x70736575;
  state[1] = k0High ^ 0x736f6d65;
  state[2] = k1Low ^ 0x6e646f6d;
  state[3] = k1High ^ 0x646f7261;
  state[4] = k0Low ^ 0x6e657261;
  state[5] = k0High ^ 0x6c796765;
  state[6] = k1Low ^ 0x79746573;
  state[7] = k1High ^ 0x74656462;
  const whole = length - (length % 8);
  for (let block = 0; block < whole; block += 8) compress(littleEndian(message, block), littleEndian(message, block + 4));
  let low = 0;
  let high = length << 24;
  for (let index = whole; index < length; index++) {
    const place = index - whole;
    if (place < 4) low |= (message[index] as number) << (8 * place);
    else high |= (message[index] as number) << (8 * (place - 4));
  }
  compress(low, high);
  state[4] = state[4] ^ 0xff;
  for (let round = 0; round < 4; round++) sipRound();
  writeLittleEndian(out, at, folded(0));
  writeLittleEndian(out, at + 4, folded(1));
}

/** The low (0) or high (1) halves of the state, XORed. */
function folded(half: 0 | 1): number {
  let value = 0;
  for (let word = half; word < state.length; word += 2) value ^= state[word] as number;
  return value;
}

function compress(low: number, high: number): void {
  state[6] = (state[6] as number) ^ low;
  state[7] = (state[7] as number) ^ high;
  sipRound();
  sipRound();
  state[0] = (state[0] as number) ^ low;
  state[1] = (state[1] as number) ^ high;
}

function sipRound(): void {
  add(0, 2);
  rotateAndMix(2, 13, 0);
  swap(0);
  add(4, 6);
  rotateAndMix(6, 16, 4);
  add(0, 6);
  rotateAndMix(6, 21, 0);
  add(4, 2);
  rotateAndMix(2, 17, 4);
  swap(4);
}

/** Adds the word at `from` to the one at `to`, modulo 2^64. */
function add(to: number, from: number): void {
  const low = ((state[to] as number) >>> 0) + ((state[from] as number) >>> 0);
  state[to] = low;
  state[to + 1] = (state[to + 1] as number) + (state[from + 1] as number) + (low > 0xffff_ffff ? 1 : 0);
}

/** Rotates the word at `word` left by less than 32 bits, then XORs the one at `other` into it. */
function rotateAndMix(word: number, bits: number, other: number): void {
  const low = state[word] as number;
  const high = state[word + 1] as number;
  state[word] = ((low << bits) | (high >>> (32 - bits))) ^ (state[other] as number);
  state[word + 1] = ((high << bits) | (low >>> (32 - bits))) ^ (state[other + 1] as number);
}

/** Rotates by 32 bits. */
function swap(word: number): void {
  const low = state[word] as number;
  state[word] = state[word + 1] as number;
  state[word + 1] = low;
}

function littleEndian(octets: Uint8Array, at: number): number {
  return (
    (octets[at] as number) | ((octets[at + 1] as number) << 8) | ((octets[at + 2] as number) << 16) | ((octets[at + 3] as number) << 24)
  );
}

function writeLittleEndian(out: Uint8Array, at: number, value: number): void {
  out[at] = value;
  out[at + 1] = value >>> 8;
  out[at + 2] = value >>> 16;
  out[at + 3] = value >>> 24;
}
