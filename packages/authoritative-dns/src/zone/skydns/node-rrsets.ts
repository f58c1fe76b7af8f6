import { recordTypes } from '../../wire/record-type.ts';
import { nodeName, type Rrset, type ZoneNode, type ZoneTree } from '../tree/index.ts';
import { addressRrsets } from './address-rrsets.ts';
import { isReverseNode } from './alias.ts';
import { hostKinds } from './host.ts';
import { pathOfName } from './key-name.ts';
import { addNameRrsets, hostTarget, type SkydnsMode } from './name-rrsets.ts';
import { type NodeData, ownRecords } from './node-data.ts';
import { octetsOfText } from './octet-text.ts';
import { RrsetBuilder, type TtlRules } from './rrset-builder.ts';
import type { SkydnsRecord } from './skydns-record.ts';
import type { SortedRecords } from './sorted-records.ts';

/**
 * Most records below a name that one answer is made of, the first by key: 4096 A records fill the 65,535 octets of the largest
 * message. It bounds the work of a question for a name with a million records below.
 */
export const maxRecordsBelow = 4096;

/** What a node's RRsets are made from. */
export interface RecordsByPath {
  readonly prefix: string;
  readonly mode: SkydnsMode;
  readonly ordered: SortedRecords;
  readonly tree: ZoneTree<NodeData>;
  readonly ttlRules: TtlRules;
  /** An apex without records below `apex.dns` has only its own addresses. */
  readonly noApexFallback: boolean;
}

/** The RRsets of a node, and at an apex `ns` where no name servers are stored. */
export function nodeRrsets(source: RecordsByPath, node: ZoneNode<NodeData>, ns: Rrset | undefined): readonly Rrset[] {
  const { mode, ttlRules, noApexFallback } = source;
  const { payload } = node;
  const plain = ns === undefined ? addressRrsets(node, mode) : undefined;
  if (plain !== undefined) return plain;
  const own = ownRecords(payload);
  const builder = new RrsetBuilder(ttlRules);
  const isReverse = isReverseNode(node);
  // The keys of the name's own records stand at or below it too.
  const below = mode === 'skydns' && payload !== undefined && payload.keys > own.length ? recordsBelow(source, node, own) : [];
  const isApex = ns !== undefined;
  const apexAddresses = isApex && mode === 'skydns' ? recordsUnder(source, node, 'apex') : [];
  addNameRrsets(builder, { mode, name: node.key, isApex, isReverse, own, below, apexAddresses, noApexFallback });
  if (isApex && !builder.has(recordTypes.NS)) addNameServers(builder, mode === 'skydns' ? recordsUnder(source, node, 'ns') : [], ns, mode);
  if (payload?.nameServer !== undefined && !builder.has(recordTypes.A) && !builder.has(recordTypes.AAAA))
    for (const { type, rdata, ttlSeconds } of payload.nameServer) builder.addFixed(type, rdata, ttlSeconds);
  return builder.build();
}

/** SkyDNS keeps a zone's name servers below `ns.dns`: an address makes a server named by its key, a name stands for itself. */
function addNameServers(builder: RrsetBuilder, stored: readonly SkydnsRecord[], ns: Rrset, mode: SkydnsMode): void {
  const hosts = stored.filter(({ hostKind }) => hostKind !== hostKinds.none);
  for (const record of hosts) builder.add(recordTypes.NS, octetsOfText(hostTarget(record, mode)), record);
  if (hosts.length === 0) for (const rdata of ns.rdata) builder.addFixed(recordTypes.NS, rdata, ns.ttlSeconds);
}

/** Records at and below `LABEL.dns` of an apex. */
function recordsUnder(source: RecordsByPath, apex: ZoneNode<NodeData>, label: 'apex' | 'ns'): readonly SkydnsRecord[] {
  const name = octetsOfText(`${String.fromCharCode(label.length)}${label}\x03dns${apex.key}`);
  const { node, wildcard } = name.length > 255 ? { node: undefined, wildcard: false } : source.tree.find(name);
  if (node === undefined || wildcard || node.payload === undefined) return [];
  const own = ownRecords(node.payload);
  return [...own, ...recordsBelow(source, node, own)];
}

/**
 * Records whose keys stand at or below a name, without its own: the first {@link maxRecordsBelow} by path. What belongs to another
 * zone of ours, or to servers of others by a delegation, is none of them, nor is what a DNAME hides.
 */
function recordsBelow(source: RecordsByPath, node: ZoneNode<NodeData>, own: readonly SkydnsRecord[]): readonly SkydnsRecord[] {
  const path = pathOfName(source.prefix, nodeName(node));
  const subtree = path.endsWith('/') ? path : `${path}/`;
  const found: SkydnsRecord[] = [];
  const take = (record: SkydnsRecord): false | undefined => {
    if (record.owner !== node || !own.includes(record)) found.push(record);
    return found.length >= maxRecordsBelow ? false : undefined;
  };
  source.ordered.visit(path, (record) => (record.path === path ? take(record) : false));
  if (found.length >= maxRecordsBelow || node.hasDname) return found;
  let visited = 0;
  source.ordered.visit(subtree, (record) => {
    if (!record.path.startsWith(subtree) || ++visited > 4 * maxRecordsBelow) return false;
    const foreign = foreignNode(record.at, node);
    // `0` follows `/`: the first path behind all below the foreign name.
    if (foreign !== undefined) return record.at === foreign ? undefined : `${pathOfName(source.prefix, nodeName(foreign))}0`;
    return take(record);
  });
  return found;
}

/** The highest node between two that begins another zone, is delegated, or hides `from` by a DNAME. */
function foreignNode(from: ZoneNode<NodeData>, to: ZoneNode<NodeData>): ZoneNode<NodeData> | undefined {
  let foreign: ZoneNode<NodeData> | undefined;
  for (let node: ZoneNode<NodeData> | undefined = from; node !== undefined && node !== to; node = node.parent)
    if (node.isApex || node.isCut || (node.hasDname && node !== from)) foreign = node;
  return foreign;
}
