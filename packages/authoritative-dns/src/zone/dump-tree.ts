import { classIn } from '../wire/protocol-codes.ts';
import type { WritableRecord } from '../zonefile/index.ts';
import { nodeName, type Rrset, type ZoneTree } from './tree/index.ts';

/** All records of one zone of a tree, SOA first, those of zones below it left out; `undefined` when the tree has no such zone. */
export function dumpTree<T>(tree: ZoneTree<T>, label: string): WritableRecord[] | undefined {
  const zone = tree.zoneAt(label);
  if (zone === undefined) return undefined;
  const records: WritableRecord[] = [];
  const add = (owner: Uint8Array, { type, ttlSeconds, rdata }: Rrset): void => {
    for (const data of rdata) records.push({ owner, type, class: classIn, ttlSeconds, rdata: data });
  };
  const soa = tree.soa(zone);
  if (soa !== undefined) add(zone.apex, soa);
  for (const node of tree.walk(zone.node)) {
    if (tree.zoneOf(node) !== zone) continue;
    const owner = nodeName(node);
    for (const rrset of tree.rrsets(node)) add(owner, rrset);
  }
  return records;
}
