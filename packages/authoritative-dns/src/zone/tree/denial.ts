import type { Rrset } from './rrset.ts';

/**
 * The records of a signed zone that prove what is not there (RFC 4035 3.1.3, RFC 5155 7.2). Names are lower-case wire form;
 * `encloserOctets` is the length of the name's closest encloser.
 */
export interface Denial {
  /** The name does not exist, and no wildcard stands for it. */
  nameError(name: Uint8Array, encloserOctets: number): readonly DenialRecord[];
  /** The name exists and has no records of the type that was asked for. Also for a delegation without DS. */
  noData(name: Uint8Array): readonly DenialRecord[];
  /** The name does not exist, so the wildcard's records are the right ones for it. */
  wildcardAnswer(name: Uint8Array, encloserOctets: number): readonly DenialRecord[];
  /** The same, and the wildcard has no records of the type either. */
  wildcardNoData(name: Uint8Array, encloserOctets: number): readonly DenialRecord[];
}

/** An NSEC or NSEC3 with the RRSIGs of its owner. */
export interface DenialRecord {
  readonly owner: Uint8Array;
  readonly rrset: Rrset;
  readonly siblings: readonly Rrset[];
}
