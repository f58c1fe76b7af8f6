import { recordTypes } from '../wire/record-type.ts';
import { additionalNames } from '../zone/answer/additional-names.ts';
import { lowerCaseName } from '../zone/answer/names.ts';
import { type Rrset, rrsetOf, type Zone, type ZoneNode, type ZoneTree } from '../zone/tree/index.ts';
import { soaKey } from './dependents.ts';

/** Aliases that are followed ahead; longer chains are few. */
const maxAliases = 8;

/**
 * What the answers of one name take from other names of a tree. Everything that it looks up it notes in `names`; what has to be left to
 * JavaScript it says. Mirrors the look-ups of `zone/answer`, which then makes the answers.
 */
export class AnswerPath<T> {
  /** Names, as in `ZoneNode.key`, whose coming, change or going changes what was found. */
  readonly names = new Set<string>();
  private readonly tree: ZoneTree<T>;
  private readonly self: ZoneNode<T>;
  private readonly ownZone: Zone<T>;

  constructor(tree: ZoneTree<T>, self: ZoneNode<T>, ownZone: Zone<T>) {
    this.tree = tree;
    this.self = self;
    this.ownZone = ownZone;
  }

  /** Where a chain of aliases ends, with its zone; `undefined` = JavaScript follows it. */
  end(target: Uint8Array): { readonly node: ZoneNode<T>; readonly zone: Zone<T>; readonly name: Uint8Array } | undefined {
    const { tree } = this;
    const visited = new Set<string>();
    for (let next = target; visited.size < maxAliases;) {
      const key = keyOfName(next);
      if (visited.has(key)) return undefined;
      visited.add(key);
      this.names.add(key);
      const { zone, node, closestEncloser, wildcard, cut, dname } = tree.find(next);
      if (zone === undefined || closestEncloser === undefined || cut !== undefined || dname !== undefined) return undefined;
      if (!this.mayUse(zone)) return undefined;
      if (node === undefined) {
        this.addMissing(key, closestEncloser.key.length);
        // It may hide a wildcard further up. An apex hides none.
        if (!closestEncloser.isApex) this.names.add(closestEncloser.key);
        return undefined;
      }
      if (wildcard) this.addWildcard(key, node, closestEncloser);
      if (node === this.self || tree.isCostly(node)) return undefined;
      const rrsets = tree.rrsets(node);
      const alias = rrsetOf(rrsets, recordTypes.CNAME);
      if (alias === undefined) return { node, zone, name: next };
      if (alias.volatile === true || rrsets.length > 1) return undefined;
      next = alias.rdata[0] as Uint8Array;
    }
    return undefined;
  }

  /** Notes the names whose records are added beside an RRset of `owner`. False = JavaScript adds them. */
  additionals(rrset: Rrset, owner: Uint8Array): boolean {
    const { tree } = this;
    for (const { name, types } of additionalNames(rrset, owner)) {
      const key = keyOfName(name);
      const { zone, node, closestEncloser, wildcard, cut, dname } = tree.find(name);
      // The name under which a wildcard is asked is another each time.
      if (node === this.self && this.self.isWildcard) return false;
      if (node !== this.self) this.names.add(key);
      if (zone !== undefined && !this.mayUse(zone)) return false;
      if (node === undefined || closestEncloser === undefined || cut !== undefined || dname !== undefined) {
        this.addMissing(key, 0);
        continue;
      }
      if (wildcard) this.addWildcard(key, node, closestEncloser);
      if (tree.isCostly(node)) return false;
      const rrsets = tree.rrsets(node);
      if (rrsets.some((each) => each.volatile === true && types.includes(each.type))) return false;
    }
    return true;
  }

  /** Whether answers may have records of a zone: it has content, and no signatures, which the own zone's flag would not tell of. */
  private mayUse(zone: Zone<T>): boolean {
    if (zone === this.ownZone) return true;
    this.names.add(soaKey(zone));
    return this.tree.soa(zone) !== undefined && this.tree.denial(zone) === undefined;
  }

  /** A wildcard stands for a name until something between its encloser and the name exists. */
  private addWildcard(key: string, wildcard: ZoneNode<T>, { key: encloser }: ZoneNode<T>): void {
    this.names.add(wildcard.key);
    for (let at = 0; key.length - at > encloser.length; at += key.charCodeAt(at) + 1) this.names.add(key.slice(at));
  }

  /** A missing name is there when a wildcard comes below one of its ancestors that has at least `encloserLength` octets. */
  private addMissing(key: string, encloserLength: number): void {
    for (let at = 0; at < key.length && key.length - at >= encloserLength; at += key.charCodeAt(at) + 1) {
      if (at > 0) this.names.add(`\u0001*${key.slice(at)}`);
    }
  }
}

/** A name as in `ZoneNode.key`. */
function keyOfName(name: Uint8Array): string {
  return Buffer.from(lowerCaseName(name)).toString('latin1');
}
