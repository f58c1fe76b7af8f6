const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUV';

/** Base32 with the extended hex alphabet, without padding, upper case (RFC 4648 7). */
export function octetsToBase32Hex(octets: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const octet of octets) {
    held = ((held << 8) | octet) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(held >>> (bits - 5)) & 31] as string;
  }
  return bits > 0 ? text + (alphabet[(held << (5 - bits)) & 31] as string) : text;
}

/** The inverse of {@link octetsToBase32Hex}, in any case; `undefined` when the text is none or its last bits are not zero. */
export function base32HexToOctets(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(Math.floor((text.length * 5) / 8));
  let length = 0;
  let bits = 0;
  let held = 0;
  for (const character of text.toUpperCase()) {
    const value = alphabet.indexOf(character);
    if (value < 0) return undefined;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      octets[length++] = held >>> bits;
    }
  }
  return bits < 5 && (held & ((1 << bits) - 1)) === 0 ? octets : undefined;
}
