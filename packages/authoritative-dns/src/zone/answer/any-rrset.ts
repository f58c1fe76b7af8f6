import { recordTypes } from '../../wire/record-type.ts';
import { type Rrset, rrsetOf } from '../tree/index.ts';

/** HINFO "RFC8482" "", which stands for all records of a name in answers to ANY (RFC 8482 4.2). */
const hinfo: Rrset = { type: recordTypes.HINFO, ttlSeconds: 3600, rdata: [Uint8Array.of(7, ...Buffer.from('RFC8482'), 0)] };

/**
 * What stands for all records of a name: its alias, when it is one; in a signed zone one RRset (RFC 8482 4.1), since nobody signed
 * a made-up one; else HINFO. `undefined` for an empty non-terminal.
 */
export function anyRrset(rrsets: readonly Rrset[], soa: Rrset | undefined): Rrset | undefined {
  if (rrsets.length === 0) return soa === undefined ? undefined : hinfo;
  const alias = rrsetOf(rrsets, recordTypes.CNAME);
  if (alias !== undefined) return alias;
  if (rrsetOf(rrsets, recordTypes.RRSIG) === undefined) return hinfo;
  return rrsets.find(({ type }) => type !== recordTypes.RRSIG && type !== recordTypes.NSEC) ?? soa ?? rrsets[0];
}
