const maxOctets = 255;

/** A text as one character-string of RDATA (RFC 1035 3.3), cut to what fits into it. */
export function characterString(text: string): Uint8Array {
  const octets = Buffer.from(text, 'utf8').subarray(0, maxOctets);
  return Buffer.concat([Uint8Array.of(octets.length), octets]);
}
