import { dnsNameFromWire, type ParseResult, parsed, unparsable } from '@seamark/common/model';

import { recordTypes } from '../../wire/record-type.ts';
import { isAtOrBelow, lowerCaseName } from '../../zone/answer/names.ts';
import { type Denial, nodeMarks, type Rrset, rrsetOf } from '../../zone/tree/index.ts';
import { besideAlias } from '../../zonefile/companion-types.ts';
import { Nsec3Chain } from './nsec3-chain.ts';
import { NsecChain } from './nsec-chain.ts';

/** One record of a zone file. */
export interface ContentRecord {
  /** Wire form. */
  readonly owner: Uint8Array;
  readonly type: number;
  readonly ttlSeconds: number;
  /** Uncompressed. */
  readonly rdata: Uint8Array;
}

/** A name of a zone and what it has. */
export interface ContentName {
  /** Lower-case wire form. */
  readonly name: Uint8Array;
  /** SOA left out. */
  readonly rrsets: readonly Rrset[];
  /** {@link nodeMarks} */
  readonly marks: number;
}

/** The records of one zone, put in order. */
export interface ZoneContent {
  readonly soa: Rrset;
  readonly serial: number;
  readonly names: ReadonlyMap<string, ContentName>;
  readonly denial: Denial | undefined;
  readonly records: number;
}

interface DraftRrset {
  readonly type: number;
  ttlSeconds: number;
  readonly rdata: Uint8Array[];
}

/**
 * Puts the records of one zone into RRsets. Fails when they are no zone: without exactly one SOA at the apex. Anything else that is
 * wrong costs only the record that it is about: what lies outside the zone, or beside an alias, is left out; at the apex the alias
 * itself is. `checkZone` says so.
 */
export function createZoneContent(apex: Uint8Array, records: Iterable<ContentRecord>): ParseResult<ZoneContent> {
  const drafts = new Map<string, { readonly name: Uint8Array; readonly rrsets: DraftRrset[] }>();
  let soa: Rrset | undefined;
  let count = 0;
  for (const { owner, type, ttlSeconds, rdata } of records) {
    const name = lowerCaseName(owner);
    if (type === recordTypes.SOA) {
      if (Buffer.compare(name, apex) !== 0) continue;
      if (soa !== undefined && Buffer.compare(soa.rdata[0] as Uint8Array, rdata) !== 0)
        return unparsable(`${text(apex)} has more than one SOA`);
      soa = { type, ttlSeconds, rdata: [rdata] };
    } else if (isAtOrBelow(name, apex)) {
      const key = keyOf(name);
      let draft = drafts.get(key);
      if (draft === undefined) drafts.set(key, (draft = { name, rrsets: [] }));
      if (addRecord(draft.rrsets, type, ttlSeconds, rdata)) count++;
    }
  }
  if (soa === undefined) return unparsable(`${text(apex)} has no SOA`);

  const names = new Map<string, ContentName>();
  const hashed: ContentName[] = [];
  for (const [key, { name, rrsets }] of drafts) {
    const served = withAliasAlone(rrsets, name.length === apex.length);
    const entry: ContentName = { name, rrsets: served, marks: marksOf(served) };
    // Owners of NSEC3 are hashes and no names (RFC 5155 7.2.8).
    if (rrsetOf(served, recordTypes.NSEC3) === undefined) names.set(key, entry);
    else hashed.push(entry);
  }
  return parsed({ soa, serial: serialOf(soa), names, denial: createDenial(apex, names, hashed), records: count + 1 });
}

/** At the apex the SOA and NS keep an alias away, elsewhere the alias them. */
function withAliasAlone(rrsets: readonly Rrset[], isApex: boolean): readonly Rrset[] {
  if (rrsetOf(rrsets, recordTypes.CNAME) === undefined) return rrsets;
  return rrsets.filter(({ type }) => (isApex ? type !== recordTypes.CNAME : besideAlias.has(type)));
}

/** False when the record is there already, or is a second one where there can be only one. */
function addRecord(rrsets: DraftRrset[], type: number, ttlSeconds: number, rdata: Uint8Array): boolean {
  const rrset = rrsets.find((each) => each.type === type);
  if (rrset === undefined) {
    rrsets.push({ type, ttlSeconds, rdata: [rdata] });
    return true;
  }
  if (type === recordTypes.CNAME || type === recordTypes.DNAME) return false;
  if (rrset.rdata.some((each) => Buffer.compare(each, rdata) === 0)) return false;
  rrset.ttlSeconds = Math.min(rrset.ttlSeconds, ttlSeconds);
  rrset.rdata.push(rdata);
  return true;
}

function createDenial(apex: Uint8Array, names: ReadonlyMap<string, ContentName>, hashed: readonly ContentName[]): Denial | undefined {
  for (const rdata of rrsetOf(names.get(keyOf(apex))?.rrsets ?? [], recordTypes.NSEC3PARAM)?.rdata ?? []) {
    const chain = new Nsec3Chain(apex.length, rdata, hashed);
    if (chain.size > 0) return chain;
  }
  const chain = new NsecChain(names.values());
  return chain.size > 0 ? chain : undefined;
}

function marksOf(rrsets: readonly Rrset[]): number {
  let marks = 0;
  for (const { type } of rrsets) {
    if (type === recordTypes.NS) marks |= nodeMarks.ns;
    else if (type === recordTypes.DNAME) marks |= nodeMarks.dname;
  }
  return marks;
}

function serialOf({ rdata: [rdata] }: Rrset): number {
  const octets = rdata as Uint8Array;
  return new DataView(octets.buffer, octets.byteOffset, octets.length).getUint32(octets.length - 20);
}

function text(name: Uint8Array): string {
  return dnsNameFromWire(name);
}

function keyOf(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1');
}
