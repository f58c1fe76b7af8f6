import type { Rrset } from './rrset.ts';
import type { Zone } from './zone.ts';

/** Bits of {@link ZoneNode.marks} that the feeder gives with a node's data. */
export const nodeMarks = {
  /** The name has NS records. */
  ns: 1,
  /** The name has a DNAME record. */
  dname: 2,
} as const;

/** Bits of {@link ZoneNode.marks} that the tree keeps itself. */
export const treeMarks = { wildcardChild: 4, touched: 8, removed: 16 } as const;

/**
 * A name of the tree: it has data, is an apex, or has names below it (an empty non-terminal, RFC 8020; the names between the root
 * and an apex are nodes as well, of no zone). Wildcards are nodes like others whose first label is `*`.
 *
 * There may be a million of these: ten words each, and the name as one string of one octet per character.
 */
export class ZoneNode<T> {
  /** Lower-case wire form, a character per octet: the smallest immutable octets that JavaScript has. See {@link nodeName}. */
  readonly key: string;
  readonly hash: number;
  /** The node one label up; `undefined` at the root only. */
  readonly parent: ZoneNode<T> | undefined;
  /** Any child; the others follow by {@link next}, in no order. `ZoneTree.children` has them in order. */
  firstChild: ZoneNode<T> | undefined = undefined;
  next: ZoneNode<T> | undefined = undefined;
  previous: ZoneNode<T> | undefined = undefined;
  /** {@link nodeMarks} and {@link treeMarks}. */
  marks = 0;
  /** The zone whose apex this is. `ZoneTree.zoneOf` finds that of any node. */
  zone: Zone<T> | undefined = undefined;
  /** What the feeder set; `undefined` = the name has no data. */
  payload: T | undefined = undefined;
  /** Made of the payload at the first question after a change; use `ZoneTree.rrsets`. */
  rrsets: readonly Rrset[] | undefined = undefined;

  constructor(key: string, hash: number, parent: ZoneNode<T> | undefined) {
    this.key = key;
    this.hash = hash;
    this.parent = parent;
  }

  /** The node is the apex of a zone of ours. */
  get isApex(): boolean {
    return this.zone !== undefined;
  }

  /** The name is delegated to servers of others: NS below the apex. */
  get isCut(): boolean {
    return (this.marks & nodeMarks.ns) !== 0 && this.zone === undefined;
  }

  get hasDname(): boolean {
    return (this.marks & nodeMarks.dname) !== 0;
  }

  /** There is a `*` directly below. */
  get hasWildcard(): boolean {
    return (this.marks & treeMarks.wildcardChild) !== 0;
  }

  /** The node has left the tree. */
  get isRemoved(): boolean {
    return (this.marks & treeMarks.removed) !== 0;
  }

  /** The node stands for the names below its parent that do not exist (RFC 4592 2.1.1). */
  get isWildcard(): boolean {
    return this.key.charCodeAt(0) === 1 && this.key.charCodeAt(1) === 0x2a;
  }
}

/** The name of a node in lower-case wire form; a new array each time. */
export function nodeName(node: ZoneNode<unknown>): Uint8Array {
  const { key } = node;
  const octets = new Uint8Array(key.length);
  for (let at = 0; at < octets.length; at++) octets[at] = key.charCodeAt(at);
  return octets;
}
