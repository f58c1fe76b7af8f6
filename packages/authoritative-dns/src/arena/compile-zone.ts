import { type ArenaZone, zoneFlags } from '@seamark/netio';

import { headerOctets } from '../wire/limits.ts';
import { recordTypes } from '../wire/record-type.ts';
import { negativeSoa, type Rrset } from '../zone/tree/index.ts';
import type { AnswerPolicy } from './answer-policy.ts';
import { encodedOctets } from './record-octets.ts';

/** Octets of SOA's RDATA behind its names: five numbers, the first of which is the serial. */
const soaTailOctets = 20;
const noNsid = new Uint8Array(0);

/** A zone as the arena holds it. `sharedSerial`: its serial is always that of the arena. */
export function compileZone(
  apex: Uint8Array,
  numbers: Pick<ArenaZone, 'number' | 'countedAs'>,
  soa: Rrset,
  policy: AnswerPolicy,
  traits: { readonly isSigned: boolean; readonly sharedSerial: boolean },
): ArenaZone {
  const octets = encodedOctets(apex, { ...negativeSoa(soa), type: recordTypes.SOA, owner: apex }).slice();
  return {
    ...numbers,
    flags:
      (traits.sharedSerial ? zoneFlags.sharedSerial : 0) |
      (policy.rotate ? zoneFlags.rotate : 0) |
      (policy.nsid === undefined ? 0 : zoneFlags.nsid) |
      (traits.isSigned ? zoneFlags.askDnssec : 0) |
      (policy.askNameErrors === true ? zoneFlags.askNameErrors : 0) |
      (policy.askWildcardLabels === true ? zoneFlags.askWildcardLabels : 0),
    apexLength: apex.length,
    udpLimit: policy.udpLimit,
    soa: octets,
    pointersAt: pointersOf(octets),
    serialAt: octets.length - soaTailOctets,
    exceptTypes: policy.exceptTypes,
    nsid: policy.nsid ?? noNsid,
  };
}

/** Where the record has compression pointers: its owner, MNAME, RNAME. */
function pointersOf(octets: Uint8Array): number[] {
  const pointers: number[] = [0]; // the owner is the question's name, which is always written as a pointer
  let at = headerOctets; // name, type, class, TTL and RDLENGTH take as many
  for (let names = 0; names < 2; names++) {
    while ((octets[at] as number) > 0 && (octets[at] as number) < 0xc0) at += (octets[at] as number) + 1;
    if ((octets[at] as number) < 0xc0) at += 1;
    else {
      pointers.push(at);
      at += 2;
    }
  }
  return pointers;
}
