import { recordTypeName, recordTypes } from '../record-type.ts';
import { rdataFields } from './rdata-fields.ts';

/** What is wrong with RDATA, and the octet of it where that was seen. */
export interface RdataProblem {
  readonly problem: string;
  readonly offset: number;
}

/** Octets of a digest by its type: DS (IANA "DS RR Type Digest Algorithms"), SSHFP (RFC 4255, RFC 6594), ZONEMD (RFC 8976 5.3). */
const dsDigestOctets: Readonly<Record<number, number>> = { 1: 20, 2: 32, 3: 32, 4: 48, 5: 32, 6: 32 };
const sshfpOctets: Readonly<Record<number, number>> = { 1: 20, 2: 32 };
const zonemdOctets: Readonly<Record<number, number>> = { 1: 48, 2: 64 };

/** Where a type's digest and the octet that says its kind stand. */
const digests = new Map<number, { readonly kindAt: number; readonly octets: Readonly<Record<number, number>> }>([
  [recordTypes.DS, { kindAt: 3, octets: dsDigestOctets }],
  [recordTypes.CDS, { kindAt: 3, octets: dsDigestOctets }],
  [recordTypes.DLV, { kindAt: 3, octets: dsDigestOctets }],
  [recordTypes.TA, { kindAt: 3, octets: dsDigestOctets }],
  [recordTypes.SSHFP, { kindAt: 1, octets: sshfpOctets }],
  [recordTypes.ZONEMD, { kindAt: 5, octets: zonemdOctets }],
]);

/**
 * Why uncompressed RDATA is not of its type; `undefined` when it is. Every octet must belong to a field, names must be whole,
 * bitmaps and parameters in order, digests as long as their kind says. Types without known fields take anything.
 */
export function checkRdata(type: number, rdata: Uint8Array): RdataProblem | undefined {
  const fields = rdataFields(type);
  if (fields === undefined) return undefined;
  let at = 0;
  for (const { label, kind } of fields) {
    const end = kind.end(rdata, at, rdata.length);
    if (end < 0) return { problem: `${recordTypeName(type)}: ${label} is not whole or not valid`, offset: at };
    at = end;
  }
  if (at < rdata.length) return { problem: `${recordTypeName(type)}: ${rdata.length - at} octets too many`, offset: at };
  return checkDigest(type, rdata, rdata.length);
}

/** The part of {@link checkRdata} that text can get wrong although each field is right. */
export function checkDigest(type: number, rdata: Uint8Array, length: number): RdataProblem | undefined {
  const digest = digests.get(type);
  if (digest === undefined) return undefined;
  const expected = digest.octets[rdata[digest.kindAt] as number];
  const octets = length - digest.kindAt - 1;
  if (expected === undefined || octets === expected) return undefined;
  return {
    problem: `${recordTypeName(type)}: a digest of type ${rdata[digest.kindAt]} has ${expected} octets, not ${octets}`,
    offset: digest.kindAt + 1,
  };
}
