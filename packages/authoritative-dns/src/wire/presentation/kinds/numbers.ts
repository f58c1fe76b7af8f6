import type { FieldKind } from '../field-kind.ts';
import { parseTtl } from '../ttl-text.ts';

/** Reads a decimal number of 0 to `max`; −1 when the text is none. */
export function parseDecimal(text: string, max: number): number {
  const { length } = text;
  if (length === 0 || length > 10) return -1;
  let value = 0;
  for (let at = 0; at < length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value <= max ? value : -1;
}

/** Up to four octets in network order. */
export function numberAt(octets: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let index = 0; index < width; index++) value = value * 256 + (octets[at + index] as number);
  return value;
}

function fixed(width: number, rest: Pick<FieldKind, 'parse'> & Partial<Pick<FieldKind, 'format'>>): FieldKind {
  return {
    end: (_octets, at, end) => (at + width <= end ? at + width : -1),
    format: (octets, at) => String(numberAt(octets, at, width)),
    ...rest,
  };
}

function append(width: number, value: number, out: Parameters<FieldKind['parse']>[1]): void {
  if (width === 4) out.uint32(value);
  else if (width === 2) out.uint16(value);
  else out.uint8(value);
}

/** A number, or one of `names` for it in any case. Written as the number. */
function uint(width: 1 | 2 | 4, names: Readonly<Record<string, number>> = {}): FieldKind {
  const max = 256 ** width - 1;
  return fixed(width, {
    parse(input, out) {
      const { text } = input.take();
      let value = parseDecimal(text, max);
      if (value < 0) value = Object.hasOwn(names, text.toUpperCase()) ? (names[text.toUpperCase()] as number) : -1;
      if (value < 0) return text === '' ? 'is missing' : `"${text}" is not a number from 0 to ${max}`;
      append(width, value, out);
      return undefined;
    },
  });
}

export const uint8 = uint(1);
export const uint16 = uint(2);
export const uint32 = uint(4);

/** Seconds, with units too (`1h30m`), written as a number. */
export const seconds = fixed(4, {
  parse(input, out) {
    const { text } = input.take();
    const value = parseTtl(text);
    if (value < 0) return text === '' ? 'is missing' : `"${text}" is not a time in seconds or like 1h30m`;
    out.uint32(value);
    return undefined;
  },
});

/** Eight octets as a decimal number (IPN). */
export const uint64 = fixed(8, {
  parse(input, out) {
    const { text } = input.take();
    const value = /^[0-9]{1,20}$/.test(text) ? BigInt(text) : -1n;
    if (value < 0n || value >= 1n << 64n) return text === '' ? 'is missing' : `"${text}" is not a number below 2^64`;
    out.uint32(Number(value >> 32n));
    out.uint32(Number(value & 0xffff_ffffn));
    return undefined;
  },
  format: (octets, at) => String((BigInt(numberAt(octets, at, 4)) << 32n) | BigInt(numberAt(octets, at + 4, 4))),
});

/** DNSSEC algorithm numbers (RFC 4034 A.1 and IANA), which may be written by name. */
export const algorithm = uint(1, {
  DELETE: 0,
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  ECC: 4,
  RSASHA1: 5,
  'DSA-NSEC3-SHA1': 6,
  NSEC3DSA: 6,
  'RSASHA1-NSEC3-SHA1': 7,
  NSEC3RSASHA1: 7,
  RSASHA256: 8,
  RSASHA512: 10,
  ECCGOST: 12,
  'ECC-GOST': 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
});

/** Kinds of certificate (RFC 4398 2.1), which may be written by name. */
export const certificateType = uint(2, {
  PKIX: 1,
  SPKI: 2,
  PGP: 3,
  IPKIX: 4,
  ISPKI: 5,
  IPGP: 6,
  ACPKIX: 7,
  IACPKIX: 8,
  URI: 253,
  OID: 254,
});

/** Schemes of DSYNC (RFC 9859 2.1), which may be written by name. */
export const dsyncScheme = uint(1, { NOTIFY: 1 });

/** A point in time (RFC 4034 3.2): `YYYYMMDDHHmmSS` or seconds since 1970, modulo 2^32. Written in the long form, 1970 to 2106. */
export const time = fixed(4, {
  parse(input, out) {
    const { text } = input.take();
    const value = text.length === 14 ? parseDate(text) : parseDecimal(text, 0xffff_ffff);
    if (value < 0) return text === '' ? 'is missing' : `"${text}" is not a time: YYYYMMDDHHmmSS in UTC, or seconds since 1970`;
    out.uint32(value);
    return undefined;
  },
  format: (octets, at) => new Date(numberAt(octets, at, 4) * 1000).toISOString().replaceAll(/[-:T]|\.000Z/g, ''),
});

function parseDate(text: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (parts === null) return -1;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const date = Date.UTC(year, month - 1, day, hour, minute, second);
  if (new Date(date).toISOString().replaceAll(/[-:T]|\.000Z/g, '') !== text) return -1; // 30 February
  return (((date / 1000) % 2 ** 32) + 2 ** 32) % 2 ** 32;
}
