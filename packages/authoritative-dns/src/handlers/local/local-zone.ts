import { dnsNameToWire } from '@seamark/common/model';

import type { RecordSet } from '../../chain/response.ts';
import { joinOctets, uint32 } from '../../wire/rdata-encoder.ts';
import { recordTypes } from '../../wire/record-type.ts';

/** TTL of everything that the directive answers: a week. */
export const localTtlSeconds = 604_800;

const localhost = dnsNameToWire('localhost.');
const soa = joinOctets([localhost, dnsNameToWire('root.localhost.'), ...[1, 0, 0, 0, localTtlSeconds].map((value) => uint32(value))]);

const loopback4 = Uint8Array.of(127, 0, 0, 1);
const loopback6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** Zones that never lead anywhere else (RFC 6761 6.3, RFC 6303 4.2). */
export const localZones: readonly string[] = ['localhost.', '0.in-addr.arpa.', '127.in-addr.arpa.', '255.in-addr.arpa.'];

/** The one name of the reverse zones that has a record: `1.0.0.127.in-addr.arpa`. */
export const loopbackReverseName = dnsNameToWire('1.0.0.127.in-addr.arpa.');

/** Loopback addresses of `localhost` and all names that stand for it; `undefined` for other types. */
export function loopbackRecords(owner: Uint8Array, type: number): RecordSet | undefined {
  if (type === recordTypes.A) return { owner, type, ttlSeconds: localTtlSeconds, rdata: [loopback4] };
  if (type === recordTypes.AAAA) return { owner, type, ttlSeconds: localTtlSeconds, rdata: [loopback6] };
  return undefined;
}

/** SOA and NS of a zone; `undefined` for other types. */
export function apexRecords(zone: Uint8Array, type: number): RecordSet | undefined {
  if (type === recordTypes.SOA) return startOfAuthority(zone);
  if (type === recordTypes.NS) return { owner: zone, type, ttlSeconds: localTtlSeconds, rdata: [localhost] };
  return undefined;
}

/** The PTR record of 127.0.0.1. */
export function loopbackPointer(type: number): RecordSet | undefined {
  return type === recordTypes.PTR ? { owner: loopbackReverseName, type, ttlSeconds: localTtlSeconds, rdata: [localhost] } : undefined;
}

/** The SOA record of a local zone. */
export function startOfAuthority(zone: Uint8Array): RecordSet {
  return { owner: zone, type: recordTypes.SOA, ttlSeconds: localTtlSeconds, rdata: [soa] };
}
