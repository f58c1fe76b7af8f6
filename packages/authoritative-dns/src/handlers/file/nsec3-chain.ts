import { createHash } from 'node:crypto';

import { recordTypes } from '../../wire/record-type.ts';
import { ancestorOfLength, nextCloser, wildcardOf } from '../../zone/answer/names.ts';
import { type Denial, type DenialRecord, type Rrset, rrsetOf } from '../../zone/tree/index.ts';

/** How names are hashed (RFC 5155 5). */
interface Nsec3Parameters {
  readonly iterations: number;
  readonly salt: Uint8Array;
}

const sha1 = 1;

/** The NSEC3 records of a zone, in the order of their hashes (RFC 5155). */
export class Nsec3Chain implements Denial {
  private readonly entries: readonly (DenialRecord & { readonly hash: Buffer })[];
  private readonly parameters: Nsec3Parameters;
  private readonly apexOctets: number;

  /** `names` are the owners of NSEC3 records with the RRsets of each; `parameters` the RDATA of NSEC3PARAM. */
  constructor(
    apexOctets: number,
    parameters: Uint8Array,
    names: Iterable<{ readonly name: Uint8Array; readonly rrsets: readonly Rrset[] }>,
  ) {
    this.apexOctets = apexOctets;
    this.parameters = readParameters(parameters);
    const entries: (DenialRecord & { readonly hash: Buffer })[] = [];
    for (const { name, rrsets } of names) {
      const rrset = rrsetOf(rrsets, recordTypes.NSEC3);
      const rdata = rrset?.rdata.find((each) => isOf(each, this.parameters));
      if (rrset === undefined || rdata === undefined) continue;
      const hash = fromBase32Hex(name.subarray(1, 1 + (name[0] as number)));
      entries.push({ owner: name, rrset: { ...rrset, rdata: [rdata] }, siblings: rrsets, hash });
    }
    this.entries = entries.sort((a, b) => Buffer.compare(a.hash, b.hash));
  }

  get size(): number {
    return this.entries.length;
  }

  /** @inheritdoc */
  nameError(name: Uint8Array, encloserOctets: number): readonly DenialRecord[] {
    const octets = this.provableEncloser(name, encloserOctets);
    return [...this.encloserProof(name, octets), ...this.covering(wildcardOf(ancestorOfLength(name, octets)))];
  }

  /** @inheritdoc */
  noData(name: Uint8Array): readonly DenialRecord[] {
    const matching = this.matching(name);
    // Without an NSEC3 of its own it is an unsigned delegation, or leads to nothing else, in an opt-out span (RFC 5155 7.2.4).
    return matching.length > 0 || name.length <= this.apexOctets
      ? matching
      : this.encloserProof(name, name.length - (name[0] as number) - 1);
  }

  /** @inheritdoc */
  wildcardAnswer(name: Uint8Array, encloserOctets: number): readonly DenialRecord[] {
    return this.covering(nextCloser(name, encloserOctets));
  }

  /** @inheritdoc */
  wildcardNoData(name: Uint8Array, encloserOctets: number): readonly DenialRecord[] {
    const wildcard = wildcardOf(ancestorOfLength(name, encloserOctets));
    return [...this.encloserProof(name, encloserOctets), ...(wildcard === undefined ? [] : this.matching(wildcard))];
  }

  /** The closest encloser that has an NSEC3, and the cover of the name one label below it (RFC 5155 7.2.1). */
  private encloserProof(name: Uint8Array, encloserOctets: number): readonly DenialRecord[] {
    const octets = this.provableEncloser(name, encloserOctets);
    return [...this.matching(ancestorOfLength(name, octets)), ...this.covering(nextCloser(name, octets))];
  }

  /** Length of the closest ancestor with an NSEC3: names that lead to unsigned delegations only have none in an opt-out span. */
  private provableEncloser(name: Uint8Array, encloserOctets: number): number {
    for (let octets = encloserOctets; octets > this.apexOctets;) {
      const encloser = ancestorOfLength(name, octets);
      if (this.matching(encloser).length > 0) return octets;
      octets -= (encloser[0] as number) + 1;
    }
    return this.apexOctets;
  }

  private matching(name: Uint8Array): readonly DenialRecord[] {
    const { entry, exact } = this.atOrBefore(name);
    return exact && entry !== undefined ? [entry] : [];
  }

  private covering(name: Uint8Array | undefined): readonly DenialRecord[] {
    if (name === undefined) return [];
    const { entry } = this.atOrBefore(name);
    return entry === undefined ? [] : [entry];
  }

  private atOrBefore(name: Uint8Array): { readonly entry: DenialRecord | undefined; readonly exact: boolean } {
    const { entries } = this;
    const hash = hashName(name, this.parameters);
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare((entries[middle] as { readonly hash: Buffer }).hash, hash) <= 0) low = middle + 1;
      else high = middle;
    }
    const entry = entries[low === 0 ? entries.length - 1 : low - 1];
    return { entry, exact: entry !== undefined && low > 0 && entry.hash.equals(hash) };
  }
}

function readParameters(rdata: Uint8Array): Nsec3Parameters {
  return {
    iterations: ((rdata[2] as number) << 8) | (rdata[3] as number),
    salt: rdata.subarray(5, 5 + (rdata[4] as number)),
  };
}

function isOf(rdata: Uint8Array, { iterations, salt }: Nsec3Parameters): boolean {
  const own = readParameters(rdata); // NSEC3 starts with the same fields as NSEC3PARAM
  return rdata[0] === sha1 && own.iterations === iterations && Buffer.compare(own.salt, salt) === 0;
}

function hashName(name: Uint8Array, { iterations, salt }: Nsec3Parameters): Buffer {
  let hash = createHash('sha1').update(name).update(salt).digest();
  for (let round = 0; round < iterations; round++) hash = createHash('sha1').update(hash).update(salt).digest();
  return hash;
}

/** Base 32 with the extended hex alphabet (RFC 4648 7), lower case, without padding. */
function fromBase32Hex(text: Uint8Array): Buffer {
  const octets: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of text) {
    value = ((value << 5) | (character >= 0x61 ? character - 0x61 + 10 : character - 0x30)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    octets.push((value >>> bits) & 0xff);
  }
  return Buffer.from(octets);
}
