import { addressToBytes, dnsNameFromWire, dnsNameToWire } from '@seamark/common/model';

import { joinOctets, uint16, uint32 } from '../wire/rdata-encoder.ts';
import { recordTypes } from '../wire/record-type.ts';
import { createRrset, type Rrset } from './rrset.ts';
import type { StoredRecord } from './stored-record.ts';
import { nameInZone, type ZoneDefaults, zoneLabel } from './zone-options.ts';

/** A zone that is answered for. */
export interface Zone {
  /** Small number that belongs to the label as long as the index lives: the place of the zone's counters. */
  readonly id: number;
  /** `example.org.` */
  readonly label: string;
  /** Lower-case wire form. */
  readonly apex: Uint8Array;
  /** Listed in the options; a zone that is not goes away with its last record. */
  readonly configured: boolean;
  /** Stored records in the zone. */
  records: number;
  readonly ns: Rrset;
  readonly soaTtlSeconds: number;
  /** TTL of SOA in negative answers: the lesser of its own and MINIMUM (RFC 2308 3). */
  readonly negativeTtlSeconds: number;
  /** Uncompressed RDATA of SOA; its serial is whatever was last written by {@link soaRdata}. */
  readonly soaTemplate: Uint8Array;
  /** The SOA record of negative answers, to be placed by `writeNegativeSoa`. */
  readonly negativeSoa: NegativeSoa;
  /** Addresses of name servers inside the zone, served while none are stored. */
  readonly nameServerRecords: readonly StoredRecord[];
}

/** An encoded SOA record whose names end in pointers to the zone's name, wherever that stands in the question. */
export interface NegativeSoa {
  readonly octets: Uint8Array;
  /** Where pointers to the zone's name stand. */
  readonly pointersAt: readonly number[];
  readonly serialAt: number;
}

/** Makes the zone of an apex name. Throws SM_NAME_INVALID when a name of the options does not fit below it. */
export function createZone(id: number, apex: Uint8Array, configured: boolean, defaults: ZoneDefaults): Zone {
  const name = dnsNameFromWire(apex);
  const { soa } = defaults;
  const names = [soa.mname, soa.rname].map((option) => dnsNameToWire(nameInZone(option, name)));
  const times = joinOctets([0, soa.refreshSeconds, soa.retrySeconds, soa.expireSeconds, soa.negativeTtlSeconds].map(uint32));
  const servers = defaults.nameServers.map((server) => ({ ...server, wire: dnsNameToWire(nameInZone(server.name, name)) }));
  const negativeTtlSeconds = Math.min(soa.ttlSeconds, soa.negativeTtlSeconds);
  return {
    id,
    label: zoneLabel(apex),
    apex,
    configured,
    records: 0,
    ns: createRrset(
      recordTypes.NS,
      soa.ttlSeconds,
      servers.map(({ wire }) => wire),
    ),
    soaTtlSeconds: soa.ttlSeconds,
    negativeTtlSeconds,
    soaTemplate: joinOctets([...names, times]),
    negativeSoa: createNegativeSoa(apex, names, times, negativeTtlSeconds),
    nameServerRecords: servers
      .filter(({ wire }) => endsWithName(wire, apex))
      .flatMap(({ wire, addresses }) => addresses.map((address) => addressRecord(wire, addressToBytes(address), soa.ttlSeconds))),
  };
}

/** RDATA of SOA with the serial set; the same array each time. */
export function soaRdata(zone: Zone, serial: number): Uint8Array {
  const { soaTemplate } = zone;
  writeSerial(soaTemplate, soaTemplate.length - 20, serial);
  return soaTemplate;
}

/**
 * Copies the SOA record of a negative answer to `offset` of a message whose question ends in the zone's name at `zoneNameAt`;
 * returns its length. `target` must have the room.
 */
export function writeNegativeSoa(zone: Zone, serial: number, target: Uint8Array, offset: number, zoneNameAt: number): number {
  const { octets, pointersAt, serialAt } = zone.negativeSoa;
  for (let at = 0; at < octets.length; at++) target[offset + at] = octets[at] as number;
  for (let index = 0; index < pointersAt.length; index++) {
    const at = offset + (pointersAt[index] as number);
    target[at] = 0xc0 | (zoneNameAt >>> 8);
    target[at + 1] = zoneNameAt;
  }
  writeSerial(target, offset + serialAt, serial);
  return octets.length;
}

function createNegativeSoa(apex: Uint8Array, names: readonly Uint8Array[], times: Uint8Array, ttlSeconds: number): NegativeSoa {
  const pointersAt = [0];
  const parts: Uint8Array[] = [];
  let at = 12; // owner pointer, type, class, TTL, RDLENGTH
  for (const name of names) {
    const inside = endsWithName(name, apex);
    const own = inside ? name.subarray(0, name.length - apex.length) : name;
    if (inside) pointersAt.push(at + own.length);
    parts.push(own, new Uint8Array(inside ? 2 : 0));
    at += own.length + (inside ? 2 : 0);
  }
  const rdata = joinOctets([...parts, times]);
  const fields = joinOctets([uint16(0), uint16(recordTypes.SOA), uint16(1), uint32(ttlSeconds), uint16(rdata.length)]);
  return { octets: joinOctets([fields, rdata]), pointersAt, serialAt: at };
}

function writeSerial(target: Uint8Array, at: number, serial: number): void {
  target[at] = serial >>> 24;
  target[at + 1] = serial >>> 16;
  target[at + 2] = serial >>> 8;
  target[at + 3] = serial;
}

/** Whether a name is another or stands below it, both in lower-case wire form. */
export function endsWithName(name: Uint8Array, ancestor: Uint8Array): boolean {
  let at = 0;
  while (name.length - at > ancestor.length) at += (name[at] as number) + 1;
  return Buffer.compare(name.subarray(at), ancestor) === 0;
}

function addressRecord(name: Uint8Array, address: Uint8Array, ttlSeconds: number): StoredRecord {
  const nothing = { target: undefined, reverse: false, text: undefined, port: 0, priority: 0, weight: 0, mail: false };
  return { key: '', name, ttlSeconds, address, ...nothing };
}
