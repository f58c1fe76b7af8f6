import { hash } from 'node:crypto';

import { isReverseName } from '@seamark/common/model';

import { skydnsKeyOf } from './skydns-key.ts';

/** The record types that a SkyDNS value can hold for ExternalDNS's purposes. */
export type SkydnsRecordType = 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'PTR';

/** Which record a key is wanted for. */
export interface SkydnsRecordIdentity {
  /** Normalised prefix. */
  readonly prefix: string;
  /** Normalised name. */
  readonly name: string;
  readonly type: SkydnsRecordType;
  /** The target text as it is stored: address, name, or TXT content. */
  readonly target: string;
  /** Owner id; two owners never share a key. */
  readonly owner: string;
}

/** Where a record goes and what its value says about that. */
export interface SkydnsPlace {
  readonly key: string;
  /** `targetstrip` of the value: labels of the leaf. */
  readonly targetstrip: 0 | 1;
}

/**
 * The last segment of a record's key: 8 lower-case hex digits, the same for the same owner, type and target. ExternalDNS takes
 * random ones; deterministic ones let a writer that lost its memory write the same key again instead of a second one.
 *
 * `attempt` gives other digits for the same record, should two records of one name ever collide (1 in 2^32 a pair). Default 0.
 */
export function skydnsLeaf(owner: string, type: SkydnsRecordType, target: string, attempt = 0): string {
  const identity = attempt === 0 ? [owner, type, target] : [owner, type, target, attempt];
  return hash('sha256', JSON.stringify(identity), 'hex').slice(0, 8);
}

/**
 * The place of a record as ExternalDNS lays it out: below a leaf of its own, but PTR, and TXT in the reverse trees, at the exact
 * reverse name, because CoreDNS looks for PTR only there.
 */
export function skydnsPlaceOf(identity: SkydnsRecordIdentity, attempt = 0): SkydnsPlace {
  const exact = identity.type === 'PTR' || (identity.type === 'TXT' && isReverseName(identity.name));
  if (exact) return { key: skydnsKeyOf(identity.prefix, identity.name), targetstrip: 0 };
  const leaf = skydnsLeaf(identity.owner, identity.type, identity.target, attempt);
  return { key: skydnsKeyOf(identity.prefix, identity.name, leaf), targetstrip: 1 };
}
