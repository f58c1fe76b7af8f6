import { maxNameOctets } from '@seamark/common/model';

import type { DnsResponse, RecordSet } from '../../chain/response.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { nameOfText, nameText } from './name-text.ts';
import type { NameChange } from './name-match.ts';

/** Where the one name that rules change stands in RDATA: behind these octets. */
const targetOffsets: ReadonlyMap<number, number> = new Map<number, number>([
  [recordTypes.NS, 0],
  [recordTypes.CNAME, 0],
  [recordTypes.SOA, 0],
  [recordTypes.PTR, 0],
  [recordTypes.DNAME, 0],
  [recordTypes.MX, 2],
  [recordTypes.SRV, 6],
]);

/** An answer with its records' owners changed; those that would not be names stay as they are. */
export function changeOwners(response: DnsResponse, change: NameChange): DnsResponse {
  return mapRecordSets(response, (set) => {
    const owner = changeName(set.owner, change);
    return owner === undefined ? set : { ...set, owner };
  });
}

/** An answer with the names changed that its records point at: NS, CNAME, SOA (MNAME), PTR, DNAME, MX, SRV and NAPTR. */
export function changeTargets(response: DnsResponse, change: NameChange): DnsResponse {
  return mapRecordSets(response, (set) => {
    if (set.type !== recordTypes.NAPTR && !targetOffsets.has(set.type)) return set;
    return { ...set, rdata: set.rdata.map((rdata) => changeTarget(set.type, rdata, change)) };
  });
}

function changeTarget(type: number, rdata: Uint8Array, change: NameChange): Uint8Array {
  const start = targetOffsets.get(type) ?? replacementOffset(rdata);
  const end = nameEnd(rdata, start);
  if (end === undefined) return rdata;
  const name = changeName(rdata.subarray(start, end), change);
  if (name === undefined) return rdata;
  const changed = new Uint8Array(start + name.length + rdata.length - end);
  changed.set(rdata.subarray(0, start));
  changed.set(name, start);
  changed.set(rdata.subarray(end), start + name.length);
  return changed;
}

/** NAPTR: order and preference, then three character-strings (RFC 3403 4.1). */
function replacementOffset(rdata: Uint8Array): number {
  let at = 4;
  for (let string = 0; string < 3; string++) at += 1 + (rdata[at] ?? 0);
  return at;
}

function nameEnd(rdata: Uint8Array, start: number): number | undefined {
  let at = start;
  while (at < rdata.length && at - start < maxNameOctets) {
    const length = rdata[at] as number;
    at += 1 + length;
    if (length === 0) return at;
  }
  return undefined;
}

/** The changed name, or `undefined` when the change is not for it. */
function changeName(name: Uint8Array, change: NameChange): Uint8Array | undefined {
  const text = nameText(name);
  const changed = change(text);
  return changed === undefined || changed === text ? undefined : nameOfText(changed);
}

function mapRecordSets(response: DnsResponse, change: (set: RecordSet) => RecordSet): DnsResponse {
  return {
    ...response,
    answers: response.answers.map((set) => change(set)),
    authorities: response.authorities.map((set) => change(set)),
    additionals: response.additionals.map((set) => change(set)),
  };
}
