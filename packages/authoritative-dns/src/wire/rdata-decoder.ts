import { addressFromBytes, type Ipv4Address, type Ipv6Address } from '@seamark/common/model';

import { MalformedDnsError } from './malformed.ts';
import { decodeNameText } from './name-decoder.ts';
import { checkRdata } from './presentation/rdata-check.ts';
import { rdataLayout, type RdataLayout, readRdata } from './rdata-layout.ts';
import { recordTypes } from './record-type.ts';
import type { RecordData } from './resource-record.ts';

/** Layouts of the types with names that {@link RecordData} knows by their fields. */
const typedNames = new Map(
  [recordTypes.NS, recordTypes.CNAME, recordTypes.SOA, recordTypes.PTR, recordTypes.MX, recordTypes.SRV].map((type) => [
    type as number,
    rdataLayout(type) as RdataLayout,
  ]),
);

/**
 * Reads the RDATA of a record that stands at `start` to `end` of a message, and checks that it is what its type says. RDATA without
 * octets is opaque when `mayBeEmpty`. Throws {@link MalformedDnsError}.
 */
export function decodeRecordData(message: Uint8Array, type: number, start: number, end: number, mayBeEmpty = false): RecordData {
  if (start === end && mayBeEmpty) return { type: 'OPAQUE', octets: message.slice(start, end) };
  if (type === recordTypes.A) return { type: 'A', address: addressAt(message, start, end, 4) as Ipv4Address };
  if (type === recordTypes.AAAA) return { type: 'AAAA', address: addressAt(message, start, end, 16) as Ipv6Address };
  if (type === recordTypes.TXT) return { type: 'TXT', strings: stringsAt(message, start, end) };

  const names = typedNames.get(type);
  if (names === undefined) return decodeOpaque(message, type, start, end);
  let at = start + names.prefixOctets;
  if (at > end) throw new MalformedDnsError('rdata_length', start);
  const decoded = decodeNameText(message, at, end);
  let { name } = decoded;
  at = decoded.end;
  if (type === recordTypes.SOA) {
    const mname = name;
    ({ name, end: at } = decodeNameText(message, at, end));
    if (end - at !== 20) throw new MalformedDnsError('rdata_length', at);
    return {
      type: 'SOA',
      mname,
      rname: name,
      serial: uint32At(message, at),
      refresh: uint32At(message, at + 4),
      retry: uint32At(message, at + 8),
      expire: uint32At(message, at + 12),
      minimum: uint32At(message, at + 16),
    };
  }
  if (at !== end) throw new MalformedDnsError('rdata_length', at);
  if (type === recordTypes.MX) return { type: 'MX', preference: uint16At(message, start), exchange: name };
  if (type === recordTypes.SRV) {
    return {
      type: 'SRV',
      priority: uint16At(message, start),
      weight: uint16At(message, start + 2),
      port: uint16At(message, start + 4),
      target: name,
    };
  }
  return { type: type === recordTypes.NS ? 'NS' : type === recordTypes.PTR ? 'PTR' : 'CNAME', target: name };
}

function decodeOpaque(message: Uint8Array, type: number, start: number, end: number): RecordData {
  const octets = readRdata(message, type, start, end);
  const problem = checkRdata(type, octets);
  // Names that were compressed move what follows them, so the offset is exact up to the first of them, and never behind the end.
  if (problem !== undefined) throw new MalformedDnsError('rdata_content', Math.min(start + problem.offset, end));
  return { type: 'OPAQUE', octets };
}

/** Two octets in network order. */
export function uint16At(octets: Uint8Array, at: number): number {
  return ((octets[at] as number) << 8) | (octets[at + 1] as number);
}

/** Four octets in network order. */
export function uint32At(octets: Uint8Array, at: number): number {
  return ((uint16At(octets, at) << 16) | uint16At(octets, at + 2)) >>> 0;
}

function addressAt(message: Uint8Array, start: number, end: number, octets: number): Ipv4Address | Ipv6Address {
  if (end - start !== octets) throw new MalformedDnsError('rdata_length', start);
  return addressFromBytes(message.subarray(start, end));
}

function stringsAt(message: Uint8Array, start: number, end: number): Uint8Array[] {
  const strings: Uint8Array[] = [];
  for (let at = start; at < end;) {
    const stop = at + 1 + (message[at] as number);
    if (stop > end) throw new MalformedDnsError('rdata_length', at);
    strings.push(message.slice(at + 1, stop));
    at = stop;
  }
  if (strings.length === 0) throw new MalformedDnsError('rdata_length', start);
  return strings;
}
