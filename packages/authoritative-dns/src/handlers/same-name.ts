/** True when two names in wire form are the same, whatever their case (RFC 4343). */
export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    // Length octets are below 64, so that none of them looks like a letter.
    if (a[at] !== b[at] && lowerCase(a[at] as number) !== lowerCase(b[at] as number)) return false;
  }
  return true;
}

function lowerCase(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}
