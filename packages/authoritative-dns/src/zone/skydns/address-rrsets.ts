import { recordTypes } from '../../wire/record-type.ts';
import type { Rrset, ZoneNode } from '../tree/index.ts';
import { hostKinds } from './host.ts';
import type { SkydnsMode } from './name-rrsets.ts';
import type { NodeData } from './node-data.ts';
import { octetsOfText } from './octet-text.ts';
import { defaultTtlSeconds, noUncommonFields } from './skydns-record.ts';

/**
 * The RRsets of a name as most are: one value, with an address and perhaps a TTL, and no keys below; `undefined` for all others, and not
 * for apexes. They are what `addNameRrsets` makes, for a fraction of the time, because there may be a million of them.
 */
export function addressRrsets(node: ZoneNode<NodeData>, mode: SkydnsMode): readonly Rrset[] | undefined {
  const { payload } = node;
  const record = payload?.own;
  if (payload === undefined || record === undefined || Array.isArray(record) || payload.keys > 1 || node.isWildcard) return undefined;
  const { hostKind } = record;
  if (record.more !== noUncommonFields || record.lease !== '0') return undefined;
  if (hostKind !== hostKinds.ipv4 && hostKind !== hostKinds.ipv6) return undefined;
  const ttlSeconds = record.ttlSeconds === 0 ? defaultTtlSeconds : record.ttlSeconds;
  const type = hostKind === hostKinds.ipv4 ? recordTypes.A : recordTypes.AAAA;
  const address = { type, ttlSeconds, rdata: [octetsOfText(record.host)] };
  return mode === 'strict' ? [address] : [address, { type: recordTypes.SRV, ttlSeconds, rdata: [plainService(record.owner.key)] }];
}

/** Priority 10, the whole weight of 100, port 0: what a value has that says nothing of them. */
function plainService(target: string): Uint8Array {
  const rdata = new Uint8Array(6 + target.length);
  rdata[1] = 10;
  rdata[3] = 100;
  for (let at = 0; at < target.length; at++) rdata[6 + at] = target.charCodeAt(at);
  return rdata;
}
