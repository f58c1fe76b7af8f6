import { addressToBytes, dnsNameFromWire, dnsNameToWire } from '@seamark/common/model';

import { joinOctets, uint32 } from '../../wire/rdata-encoder.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { isAtOrBelow } from '../answer/names.ts';
import type { Rrset } from '../tree/index.ts';
import { nameInZone, type ZoneDefaults } from '../zone-options.ts';

/** What the options say about one zone. */
export interface ZoneApex {
  /** NS of the zone while none are stored. */
  readonly ns: Rrset;
  /** Addresses of name servers inside the zone, by name in wire form; served while none are stored. */
  readonly nameServers: readonly { readonly name: Uint8Array; readonly records: readonly NameServerRecord[] }[];
  /** The SOA with a serial. */
  soa(serial: number): Rrset;
}

/** An address of a name server of the options. */
export interface NameServerRecord {
  readonly type: number;
  readonly rdata: Uint8Array;
  readonly ttlSeconds: number;
}

/** Makes SOA and NS of a zone. Throws SM_NAME_INVALID when a name of the options does not fit below it. */
export function createZoneApex(apex: Uint8Array, defaults: ZoneDefaults): ZoneApex {
  const zone = dnsNameFromWire(apex);
  const { soa } = defaults;
  const { ttlSeconds } = soa;
  const names = joinOctets([soa.mname, soa.rname].map((name) => dnsNameToWire(nameInZone(name, zone))));
  const times = joinOctets([soa.refreshSeconds, soa.retrySeconds, soa.expireSeconds, soa.negativeTtlSeconds].map(uint32));
  const servers = defaults.nameServers.map((server) => ({ ...server, wire: dnsNameToWire(nameInZone(server.name, zone)) }));
  let last: { readonly serial: number; readonly rrset: Rrset } | undefined;
  return {
    ns: { type: recordTypes.NS, ttlSeconds, rdata: servers.map(({ wire }) => wire) },
    nameServers: servers
      .filter(({ wire, addresses }) => addresses.length > 0 && isAtOrBelow(wire, apex))
      .map(({ wire, addresses }) => ({
        name: wire,
        records: addresses.map((address) => {
          const rdata = addressToBytes(address);
          return { type: rdata.length === 4 ? recordTypes.A : recordTypes.AAAA, rdata, ttlSeconds };
        }),
      })),
    soa(serial) {
      if (last?.serial !== serial)
        last = { serial, rrset: { type: recordTypes.SOA, ttlSeconds, rdata: [joinOctets([names, uint32(serial), times])] } };
      return last.rrset;
    },
  };
}
