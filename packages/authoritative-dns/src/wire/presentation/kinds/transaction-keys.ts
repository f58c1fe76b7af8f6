import type { FieldKind } from '../field-kind.ts';
import type { FieldReader } from '../text-field.ts';
import type { OctetBuilder } from '../octet-builder.ts';
import { encoded, octetsOfBase64 } from './blobs.ts';
import { numberAt, parseDecimal } from './numbers.ts';

/** Seconds since 1970 in 48 bits (RFC 8945 4.2). */
export const time48: FieldKind = {
  parse(input, out) {
    const { text } = input.take();
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : -1;
    if (value < 0 || value >= 2 ** 48) return `"${text}" is not a number of seconds below 2^48`;
    out.uint16(Math.floor(value / 2 ** 32));
    out.uint32(value % 2 ** 32);
    return undefined;
  },
  end: (_octets, at, end) => (at + 6 <= end ? at + 6 : -1),
  format: (octets, at) => String(numberAt(octets, at, 6)),
};

/** Octets behind their length in 16 bits, written as length and base64 (as dig prints TSIG); nothing follows the length 0. */
export const sizedBase64: FieldKind = {
  parse(input: FieldReader, out: OctetBuilder) {
    const length = parseDecimal(input.take().text, 0xffff);
    if (length < 0) return 'does not start with its length, a number from 0 to 65535';
    const octets = length === 0 ? Buffer.alloc(0) : octetsOfBase64(input.take().text);
    if (octets?.length !== length) return `is not base64 of ${length} octets`;
    if (!out.fits(2 + length)) return 'is longer than 65535 octets';
    out.uint16(length);
    out.append(octets);
    return undefined;
  },
  end(octets, at, end) {
    const stop = at + 2 <= end ? at + 2 + numberAt(octets, at, 2) : -1;
    return stop <= end ? stop : -1;
  },
  format: (octets, at, end) => (end === at + 2 ? '0' : `${end - at - 2} ${encoded(octets, at + 2, end, 'base64')}`),
};
