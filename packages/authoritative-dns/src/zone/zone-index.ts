import { dnsNameToWire } from '@seamark/common/model';
import type { KeyValue, KvEvent, MirrorFold, RevisionEvents } from '@seamark/kv-store-client';

import { recordTypes } from '../wire/record-type.ts';
import { KeyProblems, type ProblemListener } from './key-problems.ts';
import type { NameNode } from './name-node.ts';
import { hashLabel, hashOfRoot, NameTable } from './name-table.ts';
import { createRrset, createRrsets, findConflicts, type Rrset } from './rrset.ts';
import { type StoredRecord, tryReadStoredRecord } from './stored-record.ts';
import {
  lastLabels,
  type NameServerOption,
  readZonesOption,
  type SoaOptions,
  zoneDefaults,
  zoneLabel,
  type ZonesOption,
} from './zone-options.ts';
import { createZone, soaRdata, type Zone } from './zone.ts';

/** Options of {@link ZoneIndex}. */
export interface ZoneIndexOptions {
  /** Normalised prefix of the keys: `/skydns/`. */
  readonly prefix: string;
  readonly zones: ZonesOption;
  readonly soa?: SoaOptions;
  readonly nameServers?: readonly NameServerOption[];
  /** Told of keys that cannot be served. */
  readonly onProblem?: ProblemListener;
  /** Any 32 bits, unknown to outsiders: seeds the hash of names. Default: random. */
  readonly hashSeed?: number;
}

/** What {@link ZoneIndex.find} found; its fields are overwritten by the next look-up. */
export interface Found {
  /** Zone that answers for the name; `undefined` = none of ours. */
  zone: Zone | undefined;
  /** The name's node, or that of the wildcard that stands for it; `undefined` = the name does not exist. */
  node: NameNode | undefined;
}

const asterisk = Uint8Array.of(1, 0x2a);
const noRrsets: readonly Rrset[] = [];

/**
 * The zones in memory, built from stored keys and kept true by a mirror. Each revision is applied as a whole between two
 * questions, in time proportional to its changes. A key that cannot be served costs only itself: see `onProblem`.
 *
 * A name's answer is its own data: the values at its key, and those one leaf below that `targetstrip` counts as its own. A leaf is
 * no name, and a parent does not answer with what its children have.
 */
export class ZoneIndex implements MirrorFold {
  /** Revision of the last change applied; 0 before the first reset. */
  revision = 0;
  private readonly options: ZoneIndexOptions;
  private readonly defaults: ReturnType<typeof zoneDefaults>;
  private readonly configured: readonly Uint8Array[];
  private readonly auto: boolean;
  private readonly rootHash: number;
  /** Outlives the zones, so that one that comes back goes on with its counters. */
  private readonly zoneIds = new Map<string, number>();
  private names = new NameTable();
  private byKey = new Map<string, { readonly record: StoredRecord; readonly node: NameNode }>();
  private readonly problems: KeyProblems;
  private zonesByLabel = new Map<string, Zone>();
  private touched = new Set<NameNode>();
  private readonly found: Found = { zone: undefined, node: undefined };
  private readonly suffixHashes = new Uint32Array(128);

  /** Throws SM_NAME_INVALID or SM_ADDRESS_INVALID for a zone, server or address of the options that is none. */
  constructor(options: ZoneIndexOptions) {
    this.options = options;
    this.problems = new KeyProblems(options.onProblem);
    this.defaults = zoneDefaults(options.soa, options.nameServers);
    const { names, auto } = readZonesOption(options.zones);
    this.configured = names.map(dnsNameToWire);
    this.auto = auto;
    this.rootHash = hashOfRoot(options.hashSeed ?? Math.floor(Math.random() * 2 ** 32));
    for (const apex of this.configured) this.addZone(apex, true);
  }

  /** SOA serial of every zone: the revision, so it is the same on every replica that has seen the same changes. */
  get serial(): number {
    return this.revision >>> 0 === this.revision ? this.revision : this.revision % 2 ** 32;
  }

  /** The zones now, in no order. */
  zones(): Iterable<Zone> {
    return this.zonesByLabel.values();
  }

  /** Names that exist, in wire form and no order, wildcards and empty non-terminals included. */
  *existingNames(): Generator<Uint8Array> {
    for (const node of this.names) yield node.name;
  }

  /** What is held now. `problems` counts keys of which something is not served. */
  stats(): { readonly names: number; readonly keys: number; readonly problems: number } {
    return { names: this.names.size, keys: this.byKey.size, problems: this.problems.keys().size };
  }

  /** @inheritdoc */
  reset(entries: readonly KeyValue[], revision: number): void {
    const before = this.problems.keys();
    this.problems.clear();
    this.names = new NameTable();
    this.byKey = new Map();
    this.touched = new Set();
    const zones = [...this.zonesByLabel.values()].filter((zone) => zone.configured);
    this.zonesByLabel = new Map();
    for (const zone of zones) this.placeZone(Object.assign(zone, { records: 0 }));
    for (const entry of entries) this.put(entry.key, entry.value);
    this.settle();
    this.revision = revision;
    for (const key of before) this.problems.tellIfMended(key);
  }

  /** @inheritdoc */
  apply(batch: RevisionEvents): void {
    for (const event of batch.events) this.applyEvent(event);
    this.settle();
    this.revision = batch.revision;
  }

  /**
   * Looks a name up (RFC 1034 4.3.2, RFC 4592): its node; else the wildcard below its closest encloser. `name` is lower-case wire
   * form, `labelStarts` where its labels begin. The result is one object, overwritten by the next call.
   */
  find(name: Uint8Array, length: number, labelStarts: Uint8Array, labels: number): Found {
    const { names, suffixHashes, found } = this;
    let hash = this.rootHash;
    let end = length - 1;
    for (let label = labels - 1; label >= 0; label--) {
      const start = labelStarts[label] as number;
      hash = hashLabel(hash, name, start, end);
      suffixHashes[label] = hash;
      end = start;
    }
    suffixHashes[labels] = this.rootHash;
    const node = names.find(hash, name, 0, length);
    if (node !== undefined) {
      found.zone = node.zone;
      found.node = node;
      return found;
    }
    for (let label = 1; label <= labels; label++) {
      const start = label === labels ? length - 1 : (labelStarts[label] as number);
      const encloser = names.find(suffixHashes[label] as number, name, start, length);
      if (encloser === undefined) continue;
      // An apex is a node, so the closest encloser lies in the longest zone that contains the name.
      found.zone = encloser.zone;
      found.node = encloser.children === 0 ? undefined : this.wildcardBelow(encloser);
      return found;
    }
    found.zone = found.node = undefined;
    return found;
  }

  /** {@link find} for a name in wire form of any case; for use outside the path of a plain query. */
  findName(name: Uint8Array): Found {
    const lower = name.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet)); // length octets are below 0x40
    const starts: number[] = [];
    for (let at = 0; lower[at] !== 0; at += (lower[at] as number) + 1) starts.push(at);
    return this.find(lower, lower.length, Uint8Array.from(starts), starts.length);
  }

  /** The RRsets of a node, made at the first call after a change. SOA is not among them: its serial changes with every revision. */
  rrsetsOf(node: NameNode): readonly Rrset[] {
    return (node.rrsets ??= this.compile(node));
  }

  /** The SOA of a zone as an RRset of now. */
  soaOf(zone: Zone): Rrset {
    return createRrset(recordTypes.SOA, zone.soaTtlSeconds, [soaRdata(zone, this.serial).slice()]);
  }

  private compile(node: NameNode): readonly Rrset[] {
    const synthetic = node.zone.nameServerRecords;
    const served =
      synthetic.length === 0 || node.records.some((record) => record.address !== undefined && record.key !== '')
        ? node.records.filter((record) => record.key !== '')
        : node.records;
    const rrsets = served.length === 0 ? [] : createRrsets(served);
    if (node.isApex) rrsets.push(node.zone.ns);
    return rrsets.length === 0 ? noRrsets : rrsets;
  }

  private wildcardBelow(encloser: NameNode): NameNode | undefined {
    const name = new Uint8Array(encloser.name.length + 2);
    name.set(asterisk, 0);
    name.set(encloser.name, 2);
    return this.names.find(hashLabel(encloser.hash, name, 0, 2), name, 0, name.length);
  }

  private applyEvent(event: KvEvent): void {
    if (event.type === 'put') {
      this.put(event.entry.key, event.entry.value);
      return;
    }
    this.remove(event.key);
    this.problems.set('value', event.key, undefined);
  }

  private put(key: string, value: Uint8Array): void {
    const read = tryReadStoredRecord(this.options.prefix, key, value);
    const zone = read.ok ? this.zoneForStoring(read.value.record.name) : undefined;
    const old = this.byKey.get(key);
    if (read.ok && zone !== undefined) {
      const node = this.ensureNode(read.value.record.name, zone);
      // The new record goes in before the old one leaves, so a node that both share stays.
      this.byKey.set(key, { record: read.value.record, node });
      insertByKey(node.records, read.value.record);
      zone.records++;
      this.touch(node);
    } else this.byKey.delete(key);
    if (old !== undefined) this.detach(old.record, old.node);
    this.problems.set('value', key, read.ok ? (read.value.problem ?? this.zoneProblem(read.value.record.name, zone)) : read.problem);
  }

  private zoneProblem(name: Uint8Array, zone: Zone | undefined): string | undefined {
    return zone === undefined && this.auto && lastLabels(name, 2) === undefined
      ? 'its name has fewer than two labels and no listed zone contains it'
      : undefined;
  }

  private remove(key: string): void {
    const held = this.byKey.get(key);
    if (held === undefined) return;
    this.byKey.delete(key);
    this.detach(held.record, held.node);
  }

  private detach(record: StoredRecord, node: NameNode): void {
    node.records.splice(node.records.indexOf(record), 1);
    this.touch(node);
    node.zone.records--;
    this.release(node);
    if (node.zone.records === 0 && !node.zone.configured) this.dropZone(node.zone);
  }

  private touch(node: NameNode): void {
    node.rrsets = undefined;
    this.touched.add(node);
  }

  /** After a batch: says which aliases of the touched names lose against other records, and which no longer do. */
  private settle(): void {
    const cleared: string[] = [];
    for (const node of this.touched) {
      for (const key of node.conflicts ?? []) if (this.problems.forget('name', key)) cleared.push(key);
      node.conflicts = undefined;
    }
    for (const node of this.touched) {
      const conflicts = findConflicts(node.records);
      if (conflicts.length === 0) continue;
      node.conflicts = conflicts.map(({ key }) => key);
      for (const { key, problem } of conflicts) this.problems.set('name', key, problem);
    }
    for (const key of cleared) this.problems.tellIfMended(key);
    this.touched.clear();
  }

  /** The zone that a stored name belongs to, made when zones are automatic. */
  private zoneForStoring(name: Uint8Array): Zone | undefined {
    const zone = this.findName(name).zone;
    if (zone !== undefined || !this.auto) return zone;
    const apex = lastLabels(name, 2);
    return apex === undefined ? undefined : this.addZone(apex.slice(), false);
  }

  private addZone(apex: Uint8Array, configured: boolean): Zone {
    const label = zoneLabel(apex);
    const id = this.zoneIds.get(label) ?? this.zoneIds.size;
    this.zoneIds.set(label, id);
    const zone = createZone(id, apex, configured, this.defaults);
    this.placeZone(zone);
    return zone;
  }

  private placeZone(zone: Zone): void {
    this.zonesByLabel.set(zone.label, zone);
    this.ensureNode(zone.apex, zone).isApex = true;
    for (const record of zone.nameServerRecords) {
      const node = this.ensureNode(record.name, zone);
      node.records.unshift(record);
    }
  }

  private dropZone(zone: Zone): void {
    this.zonesByLabel.delete(zone.label);
    for (const record of zone.nameServerRecords) {
      const { node } = this.findName(record.name);
      if (node === undefined || !node.records.includes(record)) continue;
      node.records.splice(node.records.indexOf(record), 1);
      this.release(node);
    }
    const { node } = this.findName(zone.apex);
    if (node === undefined) return;
    node.isApex = false;
    this.release(node);
  }

  private ensureNode(name: Uint8Array, zone: Zone): NameNode {
    const hash = this.hashOf(name);
    const existing = this.names.find(hash, name, 0, name.length);
    if (existing !== undefined) return existing;
    const above = name.length === 1 ? undefined : name.subarray((name[0] as number) + 1);
    // Above an apex the names of an enclosing zone of ours go on; above the outermost one there is nothing to know.
    const parentZone = above === undefined ? undefined : name.length === zone.apex.length ? this.findName(above).zone : zone;
    const parent = above === undefined || parentZone === undefined ? undefined : this.ensureNode(above.slice(), parentZone);
    const node: NameNode = { name, hash, parent, children: 0, zone, isApex: false, records: [], rrsets: undefined, conflicts: undefined };
    if (parent !== undefined) parent.children++;
    this.names.add(node);
    return node;
  }

  /** Removes a node that nothing keeps any more, and then its ancestors. */
  private release(node: NameNode): void {
    for (let gone: NameNode | undefined = node; gone !== undefined; gone = gone.parent) {
      if (gone.records.length > 0 || gone.children > 0 || gone.isApex) return;
      this.names.remove(gone);
      if (gone.parent !== undefined) gone.parent.children--;
    }
  }

  private hashOf(name: Uint8Array): number {
    const starts: number[] = [];
    for (let at = 0; name[at] !== 0; at += (name[at] as number) + 1) starts.push(at);
    let hash = this.rootHash;
    let end = name.length - 1;
    for (const start of starts.toReversed()) {
      hash = hashLabel(hash, name, start, end);
      end = start;
    }
    return hash;
  }
}

/** Keeps a name's records in the order of their keys; equal keys stay side by side until the old record leaves. */
function insertByKey(records: StoredRecord[], record: StoredRecord): void {
  let at = records.length;
  while (at > 0 && (records[at - 1] as StoredRecord).key > record.key) at--;
  records.splice(at, 0, record);
}
