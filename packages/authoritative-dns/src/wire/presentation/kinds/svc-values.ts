import { addressFromBytes, addressToBytes, formatAddress, tryParseAddress } from '@seamark/common/model';

import { quoteOctets, unescapeText } from '../char-string-text.ts';
import { encoded, octetsOfBase64 } from './blobs.ts';
import { numberAt, parseDecimal } from './numbers.ts';

/** Keys of parameters that have a name (IANA "DNS SVCB"). All others are `keyNNNNN` with an opaque value. */
export const svcKeyNames: ReadonlyMap<number, string> = new Map([
  [0, 'mandatory'],
  [1, 'alpn'],
  [2, 'no-default-alpn'],
  [3, 'port'],
  [4, 'ipv4hint'],
  [5, 'ech'],
  [6, 'ipv6hint'],
  [7, 'dohpath'],
  [8, 'ohttp'],
  [9, 'tls-supported-groups'],
]);

/** `alpn`, …, `key1234`. */
export function svcKeyName(key: number): string {
  return svcKeyNames.get(key) ?? `key${key}`;
}

interface SvcValueKind {
  /** Octets of the text; `undefined` text when there is no `=`. A string says what is wrong, to follow the key. */
  readonly parse: (text: string) => Uint8Array | string;
  readonly whole: (value: Uint8Array) => boolean;
  readonly format: (value: Uint8Array) => string;
}

const opaque: SvcValueKind = {
  parse: (text) => {
    const octets = unescapeText(text);
    return octets.ok ? octets.value : octets.problem;
  },
  whole: () => true,
  format: (value) => quoteOctets(value, 0, value.length),
};

const uint16List = (nameOf: (value: number) => string, valueOf: (text: string) => number, what: string): SvcValueKind => ({
  parse(text) {
    const values = text.split(',').map(valueOf);
    if (values.some((value) => value < 0)) return `is not a list of ${what} with commas`;
    if (new Set(values).size !== values.length) return 'names something twice';
    return Buffer.from(values.flatMap((value) => [value >>> 8, value & 0xff]));
  },
  whole: (value) => value.length > 0 && value.length % 2 === 0,
  format: (value) => Array.from({ length: value.length / 2 }, (_, index) => nameOf(numberAt(value, index * 2, 2))).join(','),
});

const keyList = uint16List(
  svcKeyName,
  (text) => {
    for (const [key, name] of svcKeyNames) if (name === text.toLowerCase()) return key;
    return /^key/i.test(text) ? parseDecimal(text.slice(3), 0xfffe) : -1;
  },
  'keys',
);

/** `mandatory`: its keys stand in ascending order on the wire (RFC 9460 8). */
const mandatoryKeys: SvcValueKind = {
  ...keyList,
  parse(text) {
    const octets = keyList.parse(text);
    if (typeof octets === 'string') return octets;
    const keys = Array.from({ length: octets.length / 2 }, (_, index) => numberAt(octets, index * 2, 2)).toSorted((a, b) => a - b);
    return Buffer.from(keys.flatMap((key) => [key >>> 8, key & 0xff]));
  },
  whole(value) {
    for (let at = 2; at < value.length; at += 2) if (numberAt(value, at, 2) <= numberAt(value, at - 2, 2)) return false;
    return keyList.whole(value);
  },
};

/** `alpn` (RFC 9460 7.1.1): ids behind their lengths; commas and backslashes in an id are escaped once more (A.1). */
const alpnIds: SvcValueKind = {
  parse(text) {
    const octets = opaque.parse(text);
    if (typeof octets === 'string') return octets;
    const ids: number[][] = [[]];
    for (let at = 0; at < octets.length; at++) {
      if (octets[at] === 0x2c) ids.push([]);
      else {
        if (octets[at] === 0x5c) at++;
        if (at >= octets.length) return 'ends in a backslash';
        ids.at(-1)?.push(octets[at] as number);
      }
    }
    if (ids.some((id) => id.length === 0 || id.length > 255)) return 'has an id that is empty or longer than 255 octets';
    return Buffer.from(ids.flatMap((id) => [id.length, ...id]));
  },
  whole(value) {
    let at = 0;
    while (at < value.length && value[at] !== 0) at += 1 + (value[at] as number);
    return value.length > 0 && at === value.length;
  },
  format(value) {
    const joined: number[] = [];
    for (let at = 0; at < value.length; at += 1 + (value[at] as number)) {
      if (at > 0) joined.push(0x2c);
      for (const octet of value.subarray(at + 1, at + 1 + (value[at] as number))) {
        if (octet === 0x2c || octet === 0x5c) joined.push(0x5c);
        joined.push(octet);
      }
    }
    return quoteOctets(Uint8Array.from(joined), 0, joined.length);
  },
};

const addresses = (octetsEach: 4 | 16): SvcValueKind => ({
  parse(text) {
    const parts: Uint8Array[] = [];
    for (const word of text.split(',')) {
      const address = tryParseAddress(word);
      const octets = address.ok ? addressToBytes(address.value) : undefined;
      if (octets?.length !== octetsEach) return `has "${word}", which is not an ${octetsEach === 4 ? 'IPv4' : 'IPv6'} address`;
      parts.push(octets);
    }
    return Buffer.concat(parts);
  },
  whole: (value) => value.length > 0 && value.length % octetsEach === 0,
  format(value) {
    const texts: string[] = [];
    for (let at = 0; at < value.length; at += octetsEach) texts.push(formatAddress(addressFromBytes(value.subarray(at, at + octetsEach))));
    return texts.join(',');
  },
});

const port: SvcValueKind = {
  parse(text) {
    const value = parseDecimal(text, 0xffff);
    return value < 0 ? 'is not a port from 0 to 65535' : Buffer.from([value >>> 8, value & 0xff]);
  },
  whole: (value) => value.length === 2,
  format: (value) => String(numberAt(value, 0, 2)),
};

const ech: SvcValueKind = {
  parse: (text) => octetsOfBase64(text) ?? 'is not base64',
  whole: (value) => value.length > 0,
  format: (value) => encoded(value, 0, value.length, 'base64'),
};

const dohPath: SvcValueKind = { ...opaque, whole: (value) => value.length > 0 };

const withoutValue = new Set([2, 8]);
const kinds: ReadonlyMap<number, SvcValueKind> = new Map([
  [0, mandatoryKeys],
  [1, alpnIds],
  [3, port],
  [4, addresses(4)],
  [5, ech],
  [6, addresses(16)],
  [7, dohPath],
  [9, uint16List(String, (text) => parseDecimal(text, 0xffff), 'group numbers')],
]);

/** Octets of a value; `undefined` text when there is no `=`. A string says what is wrong with it, to follow the key. */
export function octetsOfSvcValue(key: number, text: string | undefined): Uint8Array | string {
  const kind = kinds.get(key);
  if (withoutValue.has(key)) return text === undefined ? new Uint8Array(0) : 'takes no value';
  if (kind === undefined) return opaque.parse(text ?? '');
  return text === undefined || text === '' ? 'needs a value' : kind.parse(text);
}

/** Whether octets from the wire are a value of the key. */
export function svcValueIsWhole(key: number, value: Uint8Array): boolean {
  return withoutValue.has(key) ? value.length === 0 : (kinds.get(key) ?? opaque).whole(value);
}

/** The text behind `=`, or `undefined` where there is none. */
export function textOfSvcValue(key: number, value: Uint8Array): string | undefined {
  return value.length === 0 ? undefined : (kinds.get(key) ?? opaque).format(value);
}
