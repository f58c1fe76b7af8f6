import { recordTypes } from '../../wire/record-type.ts';
import type { Rrset } from '../tree/index.ts';
import { nameLengthAt } from './names.ts';

/** A name whose records a client will want next, and the types of those. */
export interface AdditionalName {
  readonly name: Uint8Array;
  readonly types: readonly number[];
}

const addresses = [recordTypes.A, recordTypes.AAAA];
const services = [recordTypes.SRV];

/** Octets in front of the name in the RDATA of types that ask for the addresses of it. */
const prefixOctets: ReadonlyMap<number, number> = new Map([
  [recordTypes.NS, 0],
  [recordTypes.MX, 2],
  [recordTypes.AFSDB, 2],
  [recordTypes.KX, 2],
  [recordTypes.SRV, 6],
]);

/** What belongs into the additional section beside an RRset (RFC 1035 3.3, 2782, 3403 4.1, 9460 4.1). `owner` is what it is answered for. */
export function additionalNames(rrset: Rrset, owner: Uint8Array): AdditionalName[] {
  const prefix = prefixOctets.get(rrset.type);
  if (prefix !== undefined) return rrset.rdata.map((rdata) => ({ name: rdata.subarray(prefix), types: addresses }));
  switch (rrset.type) {
    case recordTypes.SVCB:
    case recordTypes.HTTPS:
      return rrset.rdata.map((rdata) => serviceBinding(rdata, rrset.type, owner));
    case recordTypes.NAPTR:
      return rrset.rdata.flatMap(namingAuthority);
    default:
      return [];
  }
}

/** Alias mode (priority 0) leads to the target's own SVCB or HTTPS; the target `.` of service mode is the owner. */
function serviceBinding(rdata: Uint8Array, type: number, owner: Uint8Array): AdditionalName {
  const isAlias = rdata[0] === 0 && rdata[1] === 0;
  const target = rdata.subarray(2, 2 + nameLengthAt(rdata, 2));
  return { name: target.length === 1 && !isAlias ? owner : target, types: isAlias ? [...addresses, type] : addresses };
}

function namingAuthority(rdata: Uint8Array): AdditionalName[] {
  const flags = Buffer.from(rdata.subarray(5, 5 + (rdata[4] as number)))
    .toString('latin1')
    .toLowerCase();
  let at = 4;
  for (let string = 0; string < 3; string++) at += (rdata[at] as number) + 1;
  const name = rdata.subarray(at);
  if (flags === 'a') return [{ name, types: addresses }];
  return flags === 's' ? [{ name, types: services }] : [];
}
