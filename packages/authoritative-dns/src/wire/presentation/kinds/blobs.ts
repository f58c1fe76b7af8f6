import { base32HexToOctets, octetsToBase32Hex } from '../base32-hex.ts';
import type { FieldKind } from '../field-kind.ts';

const hexPairs = /^(?:[0-9a-f]{2})*$/i;
const base64Groups = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Octets of base64 text without blanks; `undefined` when it is none. */
export function octetsOfBase64(text: string): Buffer | undefined {
  return base64Groups.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** Octets of hex text without blanks; `undefined` when it is none. */
export function octetsOfHex(text: string): Buffer | undefined {
  return hexPairs.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** A part of RDATA in an encoding of Node's Buffer. */
export function encoded(octets: Uint8Array, at: number, end: number, encoding: 'hex' | 'base64'): string {
  return Buffer.from(octets.buffer, octets.byteOffset + at, end - at).toString(encoding);
}

function rest(encoding: 'hex' | 'base64', leastOctets: number): FieldKind {
  return {
    parse(input, out) {
      const text = input.takeRest();
      const octets = encoding === 'hex' ? octetsOfHex(text) : octetsOfBase64(text);
      if (octets === undefined) {
        return encoding === 'hex' ? 'is not hex: pairs of the digits 0-9 a-f' : 'is not base64: groups of four characters, padded with =';
      }
      if (octets.length < leastOctets) return 'is missing';
      if (!out.fits(octets.length)) return 'is longer than 65535 octets';
      out.append(octets);
      return undefined;
    },
    end: (_octets, at, end) => (end - at >= leastOctets ? end : -1),
    format: (octets, at, end) => encoded(octets, at, end, encoding),
  };
}

/** Hex up to the end, at least one octet; blanks between digits are allowed. */
export const hex = rest('hex', 1);
/** Base64 up to the end, at least one octet. */
export const base64 = rest('base64', 1);
/** {@link base64} that may be missing (KEY without a key, RFC 2535 3.1.2). */
export const base64OrNothing = rest('base64', 0);

/** {@link base64OrNothing} of which nothing is written `-` (DOA). */
export const base64OrDash: FieldKind = {
  ...base64OrNothing,
  parse(input, out) {
    if (input.left === 0) return 'is missing';
    if (input.peek()?.text !== '-') return base64OrNothing.parse(input, out);
    input.take();
    return undefined;
  },
  format: (octets, at, end) => (at === end ? '-' : encoded(octets, at, end, 'base64')),
};

/** NSAP (RFC 1706): hex behind `0x`, dots anywhere between the digits. */
export const nsap: FieldKind = {
  ...hex,
  parse(input, out) {
    const text = input.takeRest();
    const octets = /^0x/i.test(text) ? octetsOfHex(text.slice(2).replaceAll('.', '')) : undefined;
    if (octets === undefined || octets.length === 0) return 'is not an NSAP: 0x and pairs of hex digits';
    if (!out.fits(octets.length)) return 'is longer than 65535 octets';
    out.append(octets);
    return undefined;
  },
  format: (octets, at, end) => `0x${encoded(octets, at, end, 'hex')}`,
};

const lengthFirst: FieldKind['end'] = (octets, at, end) => {
  const stop = at < end ? at + 1 + (octets[at] as number) : -1;
  return stop <= end ? stop : -1;
};

/** The salt of NSEC3 (RFC 5155 3.3): hex behind its length, `-` for none. */
export const salt: FieldKind = {
  parse(input, out) {
    const { text } = input.take();
    const octets = text === '-' ? Buffer.alloc(0) : octetsOfHex(text);
    if (text === '' || octets === undefined || octets.length > 255)
      return text === '' ? 'is missing' : `"${text}" is not hex of at most 255 octets, or -`;
    out.uint8(octets.length);
    out.append(octets);
    return undefined;
  },
  end: lengthFirst,
  format: (octets, at, end) => (end === at + 1 ? '-' : encoded(octets, at + 1, end, 'hex')),
};

/** The next hashed owner of NSEC3 (RFC 5155 3.3): base32hex without padding behind its length. */
export const hashedOwner: FieldKind = {
  parse(input, out) {
    const { text } = input.take();
    const octets = base32HexToOctets(text);
    if (text === '' || octets === undefined || octets.length > 255)
      return text === '' ? 'is missing' : `"${text}" is not base32hex without padding`;
    out.uint8(octets.length);
    out.append(octets);
    return undefined;
  },
  end: (octets, at, end) => (at < end && octets[at] === 0 ? -1 : lengthFirst(octets, at, end)),
  format: (octets, at, end) => octetsToBase32Hex(octets.subarray(at + 1, end)),
};
