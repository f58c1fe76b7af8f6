import { nodeMarks, type ZoneNode } from '../tree/index.ts';
import { recordTypes } from '../../wire/record-type.ts';
import type { SkydnsRecord } from './skydns-record.ts';

/** What the tree holds at a name of stored keys. */
export class NodeData {
  /** Records written for this very name, ordered by path; one alone without an array, because most names have one. */
  own: SkydnsRecord | SkydnsRecord[] | undefined = undefined;
  /** Records whose keys stand at or below this name; kept where subtrees answer. */
  keys = 0;
  /** Addresses of a name server of the options, served while the name has none of its own. */
  nameServer: readonly { readonly type: number; readonly rdata: Uint8Array; readonly ttlSeconds: number }[] | undefined = undefined;

  /** Nothing keeps the name any more. */
  get isEmpty(): boolean {
    return this.own === undefined && this.keys === 0 && this.nameServer === undefined;
  }
}

/** {@link NodeData.own} as an array. */
export function ownRecords(data: NodeData | undefined): readonly SkydnsRecord[] {
  const own = data?.own;
  return own === undefined ? [] : Array.isArray(own) ? own : [own];
}

/** Adds a record to those of its name. */
export function addOwn(data: NodeData, record: SkydnsRecord): void {
  if (data.own === undefined) data.own = record;
  else {
    const all = Array.isArray(data.own) ? data.own : [data.own];
    let at = all.length;
    while (at > 0 && compareRecords(all[at - 1] as SkydnsRecord, record) > 0) at--;
    all.splice(at, 0, record);
    data.own = all;
  }
}

/** Puts a record in the place of one with the same path and key. */
export function replaceOwn(data: NodeData, former: SkydnsRecord, record: SkydnsRecord): void {
  if (Array.isArray(data.own)) data.own[data.own.indexOf(former)] = record;
  else data.own = record;
}

/** Takes a record from those of its name. */
export function removeOwn(data: NodeData, record: SkydnsRecord): void {
  const rest = ownRecords(data).filter((other) => other !== record);
  data.own = rest.length === 0 ? undefined : rest.length === 1 ? rest[0] : rest;
}

/** The marks that the tree needs of a name (NS, DNAME). */
export function marksOf(node: ZoneNode<NodeData>): number {
  let marks = 0;
  for (const record of ownRecords(node.payload)) {
    for (const { type } of record.more.raw) {
      if (type === recordTypes.NS) marks |= nodeMarks.ns;
      if (type === recordTypes.DNAME) marks |= nodeMarks.dname;
    }
  }
  return marks;
}

/** The order of records: by path, which is the order of keys, then by key, since two keys may have one path. */
export function compareRecords(a: SkydnsRecord, b: SkydnsRecord): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.key === b.key ? 0 : a.key < b.key ? -1 : 1;
}
