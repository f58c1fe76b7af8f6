import { responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { type DenialRecord, negativeSoa, type Rrset, rrsetOf, type Zone, type ZoneNode, type ZoneTree } from '../tree/index.ts';
import { additionalNames } from './additional-names.ts';
import { anyRrset } from './any-rrset.ts';
import { ancestorOfLength, isSameName, lowerCaseName, replaceSuffix } from './names.ts';
import { addReferral } from './referral.ts';
import { Sections } from './sections.ts';

/** Aliases that one answer follows. More than any sane zone has; a chain of different names could otherwise be as long as a zone. */
const maxAliases = 16;

/** Types that stand beside a CNAME and are answered at its name (RFC 4034 2.3, 3). */
const besideAlias: ReadonlySet<number> = new Set([recordTypes.CNAME, recordTypes.ANY, recordTypes.RRSIG, recordTypes.NSEC]);

/** What a look-up found, of its own: a later look-up leaves it as it is. */
interface Place<T> {
  readonly name: Uint8Array;
  readonly zone: Zone<T>;
  readonly soa: Rrset;
  /** Node of the closest encloser when `wildcard`, else of the name. */
  readonly closestEncloser: ZoneNode<T>;
  readonly wildcard: boolean;
}

/** One question on its way through the zones of a tree, alias by alias. */
export class Answering<T> {
  readonly sections: Sections;
  /** That of the last name in the chain of aliases (RFC 6604 3). */
  responseCode: number = responseCodes.NOERROR;
  /** Whether we have the say about the name that was asked, not about where its aliases lead (RFC 1034 6.2.7, RFC 6604 2.1). */
  authoritative = true;
  requiredAdditionals = 0;
  /** The name in no zone of ours at which the chain of aliases ended. */
  outside: Uint8Array | undefined;
  private readonly tree: ZoneTree<T>;
  private readonly type: number;
  private readonly asked: Uint8Array[] = [];

  constructor(tree: ZoneTree<T>, type: number, dnssec: boolean) {
    this.tree = tree;
    this.type = type;
    this.sections = new Sections(dnssec);
  }

  /** Answers for a name in a zone of ours that has content. To be called once. */
  run(name: Uint8Array): void {
    for (let next: Uint8Array | undefined = name; next !== undefined;) {
      this.asked.push(next);
      const target: Uint8Array | undefined = this.step(next);
      if (target === undefined || this.asked.length > maxAliases || this.asked.some((each) => isSameName(each, target))) return;
      next = target;
    }
  }

  /** Answers for one name; returns the name to go on with when it is an alias. */
  private step(name: Uint8Array): Uint8Array | undefined {
    const { tree, type } = this;
    const { zone, node, closestEncloser, wildcard, cut, dname } = tree.find(name);
    if (zone === undefined || closestEncloser === undefined) {
      this.outside = name;
      return undefined;
    }
    const soa = tree.soa(zone);
    if (soa === undefined) return undefined; // an alias into a zone without content ends there
    if (type === recordTypes.DS && node === zone.node && this.delegationSigner(name, zone)) return undefined;
    const place: Place<T> = { name, zone, soa, closestEncloser, wildcard };
    // The zone above a cut has the say about its DS (RFC 4035 3.1.4.1).
    if (cut !== undefined && !(type === recordTypes.DS && node === cut)) return this.refer(place, cut);
    if (dname !== undefined) return this.redirect(name, dname);
    if (node === undefined) return this.nameError(place);
    return this.existing(place, node);
  }

  private existing(place: Place<T>, node: ZoneNode<T>): Uint8Array | undefined {
    const { tree, type, sections } = this;
    const { name, zone, soa, wildcard, closestEncloser } = place;
    const rrsets = tree.rrsets(node);
    const atApex = node === zone.node;
    let rrset = type === recordTypes.SOA && atApex ? soa : rrsetOf(rrsets, type);
    if (type === recordTypes.ANY) rrset = anyRrset(rrsets, atApex ? soa : undefined);
    const alias = rrset === undefined && !besideAlias.has(type) ? rrsetOf(rrsets, recordTypes.CNAME) : undefined;
    const found = rrset ?? alias;
    if (found === undefined) return this.noData(place);
    const answered = wildcard ? rrsetFor(name, found) : found;
    sections.add(sections.answers, name, answered, rrsets);
    if (wildcard) this.deny(zone, (denial) => denial.wildcardAnswer(lowerCaseName(name), closestEncloser.key.length));
    if (alias !== undefined) return alias.rdata[0];
    this.addAdditionals(answered, name);
    return undefined;
  }

  private nameError(place: Place<T>): undefined {
    this.responseCode = responseCodes.NXDOMAIN;
    this.addSoa(place.zone, place.soa);
    this.deny(place.zone, (denial) => denial.nameError(lowerCaseName(place.name), place.closestEncloser.key.length));
  }

  private noData({ name, zone, soa, wildcard, closestEncloser }: Place<T>): undefined {
    this.addSoa(zone, soa);
    this.deny(zone, (denial) =>
      wildcard ? denial.wildcardNoData(lowerCaseName(name), closestEncloser.key.length) : denial.noData(lowerCaseName(name)),
    );
  }

  private refer({ name, zone }: Place<T>, cut: ZoneNode<T>): undefined {
    if (this.asked.length === 1) this.authoritative = false;
    this.requiredAdditionals = addReferral(this.tree, this.sections, zone, cut, ancestorOfLength(name, cut.key.length));
  }

  /** DNAME (RFC 6672 3.2): the record itself, a CNAME made of it, and on with the new name. */
  private redirect(name: Uint8Array, node: ZoneNode<T>): Uint8Array | undefined {
    const { sections, type } = this;
    const rrsets = this.tree.rrsets(node);
    const dname = rrsetOf(rrsets, recordTypes.DNAME);
    const to = dname?.rdata[0];
    if (dname === undefined || to === undefined) return undefined;
    sections.add(sections.answers, ancestorOfLength(name, node.key.length), dname, rrsets);
    const target = replaceSuffix(name, node.key.length, to);
    if (target === undefined) {
      this.responseCode = responseCodes.YXDOMAIN;
      return undefined;
    }
    const cname: Rrset = { type: recordTypes.CNAME, ttlSeconds: dname.ttlSeconds, rdata: [target] };
    sections.add(sections.answers, name, cname, []); // made here, so nobody signed it (RFC 6672 5.3.1)
    return type === recordTypes.CNAME || type === recordTypes.ANY ? undefined : target;
  }

  /** DS asked at an apex: the zone above answers when we have the say about its side. False = it is for this zone to answer. */
  private delegationSigner(name: Uint8Array, zone: Zone<T>): boolean {
    if (zone.node.parent === undefined) return false;
    const { zone: above, cut, dname } = this.tree.find(name, (name[0] as number) + 1);
    const soa = above === undefined || cut !== undefined || dname !== undefined ? undefined : this.tree.soa(above);
    if (above === undefined || soa === undefined) return false;
    const { sections } = this;
    const signers = rrsetOf(zone.parentSide, recordTypes.DS);
    if (signers !== undefined) sections.add(sections.answers, name, signers, zone.parentSide);
    else {
      this.addSoa(above, soa);
      this.deny(above, (denial) => denial.noData(lowerCaseName(name)));
    }
    return true;
  }

  private addSoa(zone: Zone<T>, soa: Rrset): void {
    this.sections.add(this.sections.authorities, zone.apex, negativeSoa(soa), this.tree.rrsets(zone.node));
  }

  private deny(zone: Zone<T>, records: (denial: NonNullable<ReturnType<ZoneTree<T>['denial']>>) => readonly DenialRecord[]): void {
    if (!this.sections.dnssec) return;
    const denial = this.tree.denial(zone);
    if (denial === undefined) return;
    for (const { owner, rrset, siblings } of records(denial)) this.sections.add(this.sections.authorities, owner, rrset, siblings);
  }

  /** What the client will ask next, as far as our zones have it. */
  private addAdditionals(rrset: Rrset, owner: Uint8Array): void {
    for (const { name, types } of additionalNames(rrset, owner)) {
      const { zone, node, cut, dname } = this.tree.find(name);
      if (zone === undefined || node === undefined || cut !== undefined || dname !== undefined) continue;
      const rrsets = this.tree.rrsets(node);
      for (const type of types) {
        const wanted = rrsetOf(rrsets, type);
        if (wanted !== undefined) this.sections.add(this.sections.additionals, name, wanted, rrsets);
      }
    }
  }
}

/** The RRset of a wildcard for a name that it stands for. */
function rrsetFor(name: Uint8Array, rrset: Rrset): Rrset {
  const rdata = rrset.rdataFor?.(name);
  return rdata === undefined ? rrset : { type: rrset.type, ttlSeconds: rrset.ttlSeconds, rdata };
}
