import { recordTypes } from '../wire/record-type.ts';

/** Types that may stand beside a CNAME (RFC 4034 2.5, 4; RFC 2535 for the older three). */
export const besideAlias: ReadonlySet<number> = new Set([
  recordTypes.CNAME,
  recordTypes.RRSIG,
  recordTypes.NSEC,
  recordTypes.SIG,
  recordTypes.NXT,
  recordTypes.KEY,
]);

/** What an authoritative server gives from a name at which it delegates (RFC 4035 2.6, RFC 9859). */
export const atDelegation: ReadonlySet<number> = new Set([
  recordTypes.NS,
  recordTypes.DS,
  recordTypes.RRSIG,
  recordTypes.NSEC,
  recordTypes.A,
  recordTypes.AAAA,
]);

/** What may stand below a delegation: addresses of its servers. */
export const glue: ReadonlySet<number> = new Set([recordTypes.A, recordTypes.AAAA]);
