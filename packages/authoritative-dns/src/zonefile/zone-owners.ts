import { nameToText } from '../wire/presentation/name-text.ts';
import { recordTypes } from '../wire/record-type.ts';
import { labelEnd, nameSortKey } from './canonical-order.ts';
import type { ZoneRecord } from './zone-record.ts';

/** All records of one name, by type, in the order of the file. */
export interface ZoneOwner {
  readonly name: Uint8Array;
  readonly types: Map<number, ZoneRecord[]>;
}

/** The names of a zone by their sort keys, so that the records below a name are found by the start of the key. */
export class ZoneOwners {
  readonly byKey: Map<string, ZoneOwner> = new Map();
  readonly apexKey: string;
  readonly apexOctets: number;

  constructor(origin: Uint8Array) {
    this.apexKey = nameSortKey(origin);
    this.apexOctets = origin.length;
  }

  add(record: ZoneRecord, key: string): void {
    let owner = this.byKey.get(key);
    if (owner === undefined) this.byKey.set(key, (owner = { name: record.owner, types: new Map() }));
    const records = owner.types.get(record.type);
    if (records === undefined) owner.types.set(record.type, [record]);
    else records.push(record);
  }

  get(name: Uint8Array): ZoneOwner | undefined {
    return this.byKey.get(nameSortKey(name));
  }

  /**
   * Whether a name ends in the zone's name twice, as one does that was written without its final dot. Not of zones of one label, where
   * such names are real ones.
   */
  isDoubled(key: string): boolean {
    return this.apexKey.indexOf(labelEnd) < this.apexKey.length - 1 && key.startsWith(this.apexKey + this.apexKey);
  }

  /** The highest name strictly between the apex and a key, or at the key itself when `orSelf`, that delegates (has NS). */
  delegationAbove(key: string, orSelf: boolean): string | undefined {
    return this.above(key, orSelf, (owner, ownerKey) => ownerKey !== this.apexKey && owner.types.has(recordTypes.NS));
  }

  /** The highest name above a key that has a DNAME; the apex counts. */
  redirectionAbove(key: string): string | undefined {
    return this.above(key, false, (owner) => owner.types.has(recordTypes.DNAME));
  }

  private above(key: string, orSelf: boolean, holds: (owner: ZoneOwner, key: string) => boolean): string | undefined {
    for (let end = this.apexKey.length; end <= key.length; end = key.indexOf(labelEnd, end) + 1) {
      const candidate = key.slice(0, end);
      if (end === key.length && !orSelf) return undefined;
      const owner = this.byKey.get(candidate);
      if (owner !== undefined && holds(owner, candidate)) return candidate;
      if (end === key.length) return undefined;
    }
    return undefined;
  }

  /** Whether the wildcard that answers for `key`, if any, stands beside its closest encloser with one of `types`. */
  wildcardHas(key: string, types: readonly number[]): boolean {
    // From the closest ancestor that exists outwards, only the first existing one may hold the wildcard (RFC 4592 3.3.1).
    let end = key.length - 1;
    while (end > this.apexKey.length) {
      end = key.lastIndexOf(labelEnd, end - 1);
      const ancestor = key.slice(0, end + 1);
      const wildcard = this.byKey.get(`${ancestor}${wildcardLabel}`);
      if (wildcard !== undefined) return types.some((type) => wildcard.types.has(type));
      if (this.byKey.has(ancestor)) return false;
    }
    return false;
  }
}

const wildcardLabel = nameSortKey(Uint8Array.of(1, 0x2a, 0));

/** A name without the zone's at its end, as it would be with a final dot. */
export function withoutApex(name: Uint8Array, apexOctets: number): Uint8Array {
  const shortened = name.slice(0, name.length - apexOctets + 1);
  shortened[shortened.length - 1] = 0;
  return shortened;
}

/** `web.example.org.` for messages. */
export function ownerText(owner: ZoneOwner): string {
  return nameToText(owner.name);
}
