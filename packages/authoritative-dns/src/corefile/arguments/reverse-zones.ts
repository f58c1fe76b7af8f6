import { addressToBytes, type Prefix } from '@seamark/common/model';

/**
 * The reverse zones that make up a prefix, lower-case with the final dot: one for a prefix that ends at a label's boundary (octets of
 * IPv4, nibbles of IPv6), else one for each value of the label that it cuts: 2 for a /15, 16 for a /20.
 */
export function reverseZonesOf(prefix: Prefix): string[] {
  const labelBits = prefix.family === 'IPv4' ? 8 : 4;
  const digits = digitsOf(prefix);
  const whole = Math.floor(prefix.bits / labelBits);
  const cutBits = prefix.bits % labelBits;
  const text = (digit: number): string => digit.toString(prefix.family === 'IPv4' ? 10 : 16);
  const suffix = prefix.family === 'IPv4' ? 'in-addr.arpa.' : 'ip6.arpa.';
  const parent = [...digits.slice(0, whole).toReversed().map(text), suffix].join('.');
  if (cutBits === 0) return [parent];
  const first = digits[whole] as number;
  return Array.from({ length: 2 ** (labelBits - cutBits) }, (_, offset) => `${text(first + offset)}.${parent}`);
}

function digitsOf(prefix: Prefix): number[] {
  const octets = [...addressToBytes(prefix.address)];
  return prefix.family === 'IPv4' ? octets : octets.flatMap((octet) => [octet >> 4, octet & 15]);
}
