import { recordTypes } from '../../wire/record-type.ts';
import { compareNames, wildcardOf } from '../../zone/answer/names.ts';
import { type Denial, type DenialRecord, type Rrset, rrsetOf } from '../../zone/tree/index.ts';

/** The NSEC records of a zone, in order (RFC 4034 4). */
export class NsecChain implements Denial {
  private readonly entries: readonly DenialRecord[];

  /** `names` are all names of the zone with the RRsets of each, in any order. */
  constructor(names: Iterable<{ readonly name: Uint8Array; readonly rrsets: readonly Rrset[] }>) {
    const entries: DenialRecord[] = [];
    for (const { name, rrsets } of names) {
      const rrset = rrsetOf(rrsets, recordTypes.NSEC);
      if (rrset !== undefined) entries.push({ owner: name, rrset, siblings: rrsets });
    }
    this.entries = entries.sort((a, b) => compareNames(a.owner, b.owner));
  }

  get size(): number {
    return this.entries.length;
  }

  /** @inheritdoc */
  nameError(name: Uint8Array, encloserOctets: number): readonly DenialRecord[] {
    const wildcard = wildcardOf(name.subarray(name.length - encloserOctets));
    return [...this.atOrBefore(name), ...(wildcard === undefined ? [] : this.atOrBefore(wildcard))];
  }

  /** @inheritdoc */
  noData(name: Uint8Array): readonly DenialRecord[] {
    return this.atOrBefore(name); // an empty non-terminal has no NSEC: the one before it proves that it is empty
  }

  /** @inheritdoc */
  wildcardAnswer(name: Uint8Array): readonly DenialRecord[] {
    return this.atOrBefore(name);
  }

  /** @inheritdoc */
  wildcardNoData(name: Uint8Array, encloserOctets: number): readonly DenialRecord[] {
    return this.nameError(name, encloserOctets);
  }

  /** The NSEC of a name, or the one that covers it. */
  private atOrBefore(name: Uint8Array): readonly DenialRecord[] {
    const { entries } = this;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareNames((entries[middle] as DenialRecord).owner, name) <= 0) low = middle + 1;
      else high = middle;
    }
    const entry = entries[low === 0 ? entries.length - 1 : low - 1];
    return entry === undefined ? [] : [entry];
  }
}
