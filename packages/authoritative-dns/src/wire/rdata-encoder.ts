import { addressToBytes, dnsNameToWire } from '@seamark/common/model';

import type { RecordData } from './resource-record.ts';

const maxStringOctets = 255; // the length of a character-string is one octet (RFC 1035 3.3)

/** RDATA in uncompressed wire form. Throws SM_NAME_INVALID for a text that is not a name, RangeError for a value that has no wire form. */
export function encodeRecordData(data: RecordData): Uint8Array {
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return addressToBytes(data.address);
    case 'NS':
    case 'CNAME':
    case 'PTR':
      return dnsNameToWire(data.target);
    case 'SOA':
      return joinOctets([
        dnsNameToWire(data.mname),
        dnsNameToWire(data.rname),
        ...[data.serial, data.refresh, data.retry, data.expire, data.minimum].map(uint32),
      ]);
    case 'MX':
      return joinOctets([uint16(data.preference), dnsNameToWire(data.exchange)]);
    case 'TXT':
      return encodeStrings(data.strings);
    case 'SRV':
      return joinOctets([uint16(data.priority), uint16(data.weight), uint16(data.port), dnsNameToWire(data.target)]);
    case 'OPAQUE':
      break;
  }
  return data.octets;
}

/** Any octets as the character-strings of a TXT record: pieces of 255, one empty string for nothing. */
export function splitIntoStrings(octets: Uint8Array): Uint8Array[] {
  const strings: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += maxStringOctets) strings.push(octets.subarray(at, at + maxStringOctets));
  return strings.length === 0 ? [octets] : strings;
}

function encodeStrings(strings: readonly Uint8Array[]): Uint8Array {
  if (strings.length === 0) throw new RangeError('TXT needs at least one character-string (RFC 1035 3.3.14)');
  const parts: Uint8Array[] = [];
  for (const string of strings) {
    if (string.length > maxStringOctets)
      throw new RangeError(`a character-string has at most ${maxStringOctets} octets, not ${string.length}`);
    parts.push(Uint8Array.of(string.length), string);
  }
  return joinOctets(parts);
}

/** Two octets in network order. */
export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

/** Four octets in network order. */
export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** One array of all parts. */
export function joinOctets(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
