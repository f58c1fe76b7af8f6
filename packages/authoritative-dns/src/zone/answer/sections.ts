import type { RecordSet } from '../../chain/response.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { type Rrset, rrsetOf } from '../tree/index.ts';
import { isSameName } from './names.ts';

/** The sections of an answer while it is put together. No RRset is in it twice. */
export class Sections {
  readonly answers: RecordSet[] = [];
  readonly authorities: RecordSet[] = [];
  readonly additionals: RecordSet[] = [];
  /** The client asked for DNSSEC records (RFC 3225). */
  readonly dnssec: boolean;

  constructor(dnssec: boolean) {
    this.dnssec = dnssec;
  }

  /** Adds an RRset, and with DO its signatures among `siblings`, the RRsets that its owner has. */
  add(section: RecordSet[], owner: Uint8Array, rrset: Rrset, siblings: readonly Rrset[]): void {
    if (this.has(owner, rrset.type)) return;
    section.push(recordSet(owner, rrset));
    if (!this.dnssec || rrset.type === recordTypes.RRSIG) return;
    const signatures = signaturesOf(siblings, rrset.type);
    if (signatures.length > 0) section.push({ owner, type: recordTypes.RRSIG, ttlSeconds: rrset.ttlSeconds, rdata: signatures });
  }

  /** Whether an RRset is in some section. */
  has(owner: Uint8Array, type: number): boolean {
    const isIt = (set: RecordSet): boolean => set.type === type && isSameName(set.owner, owner);
    return this.answers.some(isIt) || this.authorities.some(isIt) || this.additionals.some(isIt);
  }
}

/** RDATA of the RRSIGs that cover a type. */
function signaturesOf(rrsets: readonly Rrset[], covered: number): readonly Uint8Array[] {
  const all = rrsetOf(rrsets, recordTypes.RRSIG);
  return all === undefined ? [] : all.rdata.filter((rdata) => (((rdata[0] as number) << 8) | (rdata[1] as number)) === covered);
}

function recordSet(owner: Uint8Array, { type, ttlSeconds, rdata }: Rrset): RecordSet {
  return { owner, type, ttlSeconds, rdata };
}
