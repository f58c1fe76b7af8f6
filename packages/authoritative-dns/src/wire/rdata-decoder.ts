import { addressFromBytes, type Ipv4Address, type Ipv6Address } from '@seamark/common/model';

import { MalformedDnsError } from './malformed.ts';
import { decodeNameText } from './name-decoder.ts';
import { rdataLayout } from './rdata-layout.ts';
import { recordTypes } from './record-type.ts';
import type { RecordData } from './resource-record.ts';

/** Reads the RDATA of a record that stands at `start` to `end` of a message. Throws {@link MalformedDnsError}. */
export function decodeRecordData(message: Uint8Array, type: number, start: number, end: number): RecordData {
  if (type === recordTypes.A) return { type: 'A', address: addressAt(message, start, end, 4) as Ipv4Address };
  if (type === recordTypes.AAAA) return { type: 'AAAA', address: addressAt(message, start, end, 16) as Ipv6Address };
  if (type === recordTypes.TXT) return { type: 'TXT', strings: stringsAt(message, start, end) };

  const layout = rdataLayout(type);
  if (layout === undefined) return { type: 'OPAQUE', octets: message.slice(start, end) };
  let at = start + layout.prefixOctets;
  if (at > end) throw new MalformedDnsError('rdata_length', start);
  const names: string[] = [];
  for (let count = 0; count < layout.names; count++) {
    const decoded = decodeNameText(message, at, end);
    names.push(decoded.name);
    at = decoded.end;
  }
  if (type === recordTypes.SOA) {
    if (end - at !== 20) throw new MalformedDnsError('rdata_length', at);
    const [mname, rname] = names as [string, string];
    return {
      type: 'SOA',
      mname,
      rname,
      serial: uint32At(message, at),
      refresh: uint32At(message, at + 4),
      retry: uint32At(message, at + 8),
      expire: uint32At(message, at + 12),
      minimum: uint32At(message, at + 16),
    };
  }
  if (at !== end) throw new MalformedDnsError('rdata_length', at);
  const [name] = names as [string];
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
