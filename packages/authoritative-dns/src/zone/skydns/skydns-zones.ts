import { dnsNameToWire } from '@seamark/common/model';
import type { KeyValue, MirrorFold, RevisionEvents } from '@seamark/kv-store-client';

import { type KeyProblem, KeyProblems, type ProblemListener } from '../key-problems.ts';
import { type Rrset, type Zone, type ZoneFeeder, type ZoneNode, ZoneTree } from '../tree/index.ts';
import {
  defaultNameServer,
  lastLabels,
  type NameServerOption,
  readZonesOption,
  type SoaOptions,
  zoneDefaults,
  type ZonesOption,
} from '../zone-options.ts';
import { findConflicts } from './alias.ts';
import { hostKinds } from './host.ts';
import { readKeyName } from './key-name.ts';
import { defaultLeaseTtlLimits, type LeaseTimes, type LeaseTtlLimits } from './lease-book.ts';
import type { SkydnsMode } from './name-rrsets.ts';
import { NameRun } from './name-run.ts';
import { labelsOf, skipLabels } from './name-labels.ts';
import { addOwn, marksOf, NodeData, removeOwn, replaceOwn } from './node-data.ts';
import { nodeRrsets } from './node-rrsets.ts';
import { readPlainAddress } from './plain-address.ts';
import type { TtlRules } from './rrset-builder.ts';
import { isSameRecord, noUncommonFields, readSkydnsRecord, recordWithoutData, SkydnsRecord, tooManyStripped } from './skydns-record.ts';
import { SortedRecords } from './sorted-records.ts';
import { withWildcardTargets } from './wildcard-targets.ts';
import { createZoneApex, type ZoneApex } from './zone-apex.ts';

/** Options of {@link SkydnsZones}. */
export interface SkydnsZonesOptions {
  /** Normalised prefix of the keys: `/skydns/`. */
  readonly prefix: string;
  readonly zones: ZonesOption;
  /**
   * `skydns`: a name answers with what is stored below it as well, and a name of a key is a name, leaf included, as CoreDNS has it.
   * `strict`: a name answers with its own records only, and a leaf that `targetstrip` counts is no name.
   */
  readonly mode: SkydnsMode;
  readonly soa?: SoaOptions;
  readonly nameServers?: readonly NameServerOption[];
  /** Told of keys that cannot be served. */
  readonly onProblem?: ProblemListener | undefined;
  /** What is known of leases. Default: nothing, which gives their records the least TTL that leases have. */
  readonly leaseTimes?: LeaseTimes | undefined;
  readonly leaseTtlLimits?: LeaseTtlLimits;
  /** Mode `skydns`: an apex without records below `apex.dns` has only its own addresses. Default: all of its zone's, as SkyDNS has it. */
  readonly noApexFallback?: boolean;
  /** See `ZoneTreeOptions`. */
  readonly hashSeed?: number;
  readonly trackChanges?: boolean;
}

/** What {@link SkydnsZones.put} gives a record that found its place. */
const attached = Symbol('attached');

/** Names with more keys at and below them are answered from what they have at the moment of a question. */
const maxKeysAhead = 256;

interface HeldZone {
  readonly zone: Zone<NodeData>;
  apex: ZoneApex;
  /** Listed in the options; a zone that is not goes away with its last record. */
  readonly configured: boolean;
  records: number;
}

/**
 * Zones made of stored SkyDNS keys and kept true by a mirror. Each revision is applied as a whole between two questions, in time
 * proportional to its changes and the depth of their names, whatever the size of the zones. A key that cannot be served costs only
 * itself: see `onProblem`.
 */
export class SkydnsZones implements MirrorFold, ZoneFeeder<NodeData> {
  /** The names; it stays the same one. */
  readonly tree: ZoneTree<NodeData>;
  readonly mode: SkydnsMode;
  readonly prefix: string;
  readonly noApexFallback: boolean;
  /** Revision of the last change below the prefix, see {@link LastChange}; 0 before the first reset. */
  revision = 0;
  private readonly options: Pick<SkydnsZonesOptions, 'soa' | 'nameServers'>;
  private readonly serverAddresses = new Set<string>();
  private defaults: ReturnType<typeof zoneDefaults>;
  private readonly auto: boolean;
  private readonly rules: TtlRules;
  private readonly problems: KeyProblems;
  private readonly held = new Map<string, HeldZone>();
  private readonly byKey = new Map<string, SkydnsRecord>();
  private readonly sorted = new SortedRecords();
  private servedKeys = 0;
  private loaded = false;
  private lastHeld: HeldZone | undefined;
  private readonly run: NameRun<NodeData, HeldZone>;
  private readonly changedOwners = new Set<ZoneNode<NodeData>>();
  private readonly conflicts = new Map<ZoneNode<NodeData>, readonly string[]>();

  /** Throws SM_NAME_INVALID or SM_ADDRESS_INVALID for a zone, server or address of the options that is none. */
  constructor(options: SkydnsZonesOptions) {
    this.prefix = options.prefix;
    this.mode = options.mode;
    this.noApexFallback = options.noApexFallback ?? false;
    this.problems = new KeyProblems(options.onProblem);
    this.rules = { times: options.leaseTimes, limits: options.leaseTtlLimits ?? defaultLeaseTtlLimits };
    this.options = options;
    this.defaults = zoneDefaults(options.soa, options.nameServers);
    const { hashSeed, trackChanges = false } = options;
    this.tree = new ZoneTree<NodeData>(this, { trackChanges, ...(hashSeed === undefined ? {} : { hashSeed }) });
    this.run = new NameRun(this.tree, this.prefix, (zone) => this.held.get(zone.label));
    const { names, auto } = readZonesOption(options.zones);
    this.auto = auto;
    for (const name of names) this.addZone(dnsNameToWire(name), true);
  }

  /** SOA serial of every zone: the revision of the last change, so it is the same on every replica that has seen the same changes. */
  get serial(): number {
    return this.revision >>> 0 === this.revision ? this.revision : this.revision % 2 ** 32;
  }

  /** What is held now. `keys` counts those that give something to answer with, `problems` those of which something is not served. */
  stats(): { readonly names: number; readonly keys: number; readonly problems: number } {
    const outside = new Set<ZoneNode<NodeData>>();
    for (const zone of this.tree.zones()) {
      if (outside.has(zone.node) || this.tree.zoneOf(zone.node.parent ?? zone.node) !== undefined) continue;
      for (let above = zone.node.parent; above !== undefined; above = above.parent) outside.add(above);
    }
    const names = this.held.size === 0 ? 0 : this.tree.size - outside.size;
    return { names, keys: this.servedKeys, problems: this.problems.keys().size };
  }

  /**
   * Adds addresses at which these zones are answered. They are those of `ns1`, the name server while the options name none, until others
   * are stored. Before there is content.
   */
  addServerAddresses(addresses: readonly string[]): void {
    const { soa, nameServers = [] } = this.options;
    if (nameServers.length > 0) return;
    for (const address of addresses) this.serverAddresses.add(address);
    this.defaults = zoneDefaults(soa, [{ name: defaultNameServer, addresses: [...this.serverAddresses] }]);
    for (const held of this.held.values()) {
      held.apex = createZoneApex(held.zone.apex, this.defaults);
      this.placeNameServers(held);
    }
  }

  /** Stored records of a zone. */
  recordsIn(zone: Zone<NodeData>): number {
    return this.held.get(zone.label)?.records ?? 0;
  }

  /** Every record held now, in no order; records do not change, so a copy stays true to this moment. */
  records(): Iterable<SkydnsRecord> {
    return this.byKey.values();
  }

  /** Records in the order of their paths, see {@link SortedRecords}; none in mode `strict`. */
  get ordered(): SortedRecords {
    return this.sorted;
  }

  /** How TTLs come about. */
  get ttlRules(): TtlRules {
    return this.rules;
  }

  /** Takes `entries` for all that is stored. `revision` is that of the last change among them. */
  reset(entries: Iterable<Pick<KeyValue, 'key' | 'value' | 'lease'>>, revision: number): void {
    this.flushRestored();
    const mended = this.problems.keys();
    this.problems.clear();
    if (this.byKey.size > 0) {
      const kept = new Set<string>();
      for (const { key } of entries) kept.add(key);
      for (const key of this.byKey.keys()) if (!kept.has(key)) this.remove(key); // a Map may lose what is being visited
    }
    const isFirst = this.byKey.size === 0;
    if (isFirst && Array.isArray(entries)) this.reserve(entries.length);
    for (const { key, value, lease } of entries) {
      const plain = isFirst && lease === '0' ? readPlainAddress(value) : undefined;
      if (plain === undefined) this.restoreValue(key, value, lease);
      else this.restoreAddress(key, hostKinds.ipv4, plain.host, plain.ttlSeconds);
    }
    this.flushRestored();
    this.load(revision);
    for (const key of mended) this.problems.tellIfMended(key);
  }

  /** Makes room for so many keys in all, see `ZoneTree.reserve`. */
  reserve(keys: number): void {
    this.tree.reserve(keys);
  }

  /**
   * Takes in a stored value of a copy of the store, as of the revision that {@link restored} names: in any order, each key once, and before
   * the first reset. What has been taken in is not answered before that.
   */
  restoreValue(key: string, value: Uint8Array, lease: string): void {
    this.flushRestored();
    this.put(key, value, lease);
  }

  /** As {@link restoreValue}, of a value that has nothing but an address, its octets as text, and a TTL. Quick for keys in order. */
  restoreAddress(key: string, kind: 1 | 2, host: string, ttlSeconds: number): void {
    if (!this.run.contains(key)) this.flushRestored();
    const node = this.run.newNode(key);
    if (node === undefined) {
      this.flushRestored();
      const keyName = readKeyName(this.prefix, key);
      if (!keyName.ok) return this.problems.set('value', key, { problem: keyName.problem });
      const { name, path } = keyName.value;
      const unplaced = this.placeRecord(new SkydnsRecord(key, path, kind, host, ttlSeconds, 0, '0', noUncommonFields), name, 0);
      this.problems.set('value', key, unplaced === attached ? undefined : unplaced);
      return;
    }
    const record = new SkydnsRecord(key, key, kind, host, ttlSeconds, 0, '0', noUncommonFields);
    const data = new NodeData();
    data.own = record;
    record.at = record.owner = node;
    this.tree.set(node, data);
    this.byKey.set(key, record);
    this.servedKeys++;
    this.run.count();
    if (this.mode === 'strict') return;
    data.keys = 1;
    this.sorted.add(record);
  }

  /** Answers from what was taken in. */
  restored(revision: number): void {
    this.flushRestored();
    this.load(revision);
  }

  /** Learns of a last change that what is stored does not tell of: a deletion. */
  changedAt(revision: number): void {
    if (revision > this.revision) this.finish(revision);
  }

  /** @inheritdoc */
  apply(batch: RevisionEvents): void {
    for (const event of batch.events) {
      if (event.type === 'put') this.put(event.entry.key, event.entry.value, event.entry.lease);
      else {
        this.remove(event.key);
        this.problems.set('value', event.key, undefined);
      }
    }
    this.finish(batch.revision);
  }

  /** @inheritdoc */
  rrsets(node: ZoneNode<NodeData>): readonly Rrset[] {
    const ns = node.zone === undefined ? undefined : this.held.get(node.zone.label)?.apex.ns;
    const rrsets = nodeRrsets(this, node, ns);
    return node.isWildcard ? withWildcardTargets(rrsets, node) : rrsets;
  }

  /** @inheritdoc */
  soa(zone: Zone<NodeData>): Rrset | undefined {
    return this.loaded ? this.held.get(zone.label)?.apex.soa(this.serial) : undefined;
  }

  /** @inheritdoc */
  isCostly(node: ZoneNode<NodeData>): boolean {
    return (node.payload?.keys ?? 0) > maxKeysAhead;
  }

  private finish(revision: number): void {
    this.settleConflicts();
    this.revision = revision;
  }

  /** Answers from what there is; before that no zone has a SOA. */
  private load(revision: number): void {
    this.loaded = true;
    this.finish(revision);
    for (const { zone } of this.held.values()) this.tree.touchZone(zone);
  }

  private put(key: string, value: Uint8Array, lease: string): void {
    const problem = this.place(key, value, lease);
    this.problems.set('value', key, problem);
  }

  /**
   * Takes the record of a key in, and the former one out; returns what of it cannot be served. A key is stored whatever its value says,
   * so its name exists (RFC 4592 2.2.2): one whose value cannot be read stands for the name of the whole key, without data.
   */
  private place(key: string, value: Uint8Array, lease: string): KeyProblem | undefined {
    const former = this.byKey.get(key);
    if (former !== undefined) {
      const read = readSkydnsRecord(key, former.path, value, lease);
      if (read.record.targetstrip === former.targetstrip) {
        // What is read anew is mostly what was there.
        if (!isSameRecord(former, read.record)) this.replace(former, read.record);
        return read.problem;
      }
    }
    const keyName = readKeyName(this.prefix, key);
    if (!keyName.ok) return { problem: keyName.problem };
    const { name, path } = keyName.value;
    let { record, problem } = readSkydnsRecord(key, path, value, lease);
    let start = skipLabels(name, record.targetstrip);
    if (start < 0) {
      problem = tooManyStripped(record.targetstrip, labelsOf(name));
      record = recordWithoutData(key, path, lease);
      start = 0;
    }
    const unplaced = this.placeRecord(record, name, start);
    return unplaced === attached ? problem : unplaced;
  }

  /** Takes a record in, whose name begins at `start` of that of its key, and the former one of its key out. */
  private placeRecord(record: SkydnsRecord, name: Uint8Array, start: number): typeof attached | KeyProblem | undefined {
    const { key } = record;
    const former = this.byKey.get(key);
    // The new record goes in before the old one leaves, so that nodes which both share stay.
    const unplaced = this.attach(record, name, start);
    if (unplaced !== attached) {
      if (former !== undefined) this.remove(key);
      return unplaced;
    }
    if (former !== undefined) this.detach(former);
    this.byKey.set(key, record);
    return attached;
  }

  /** Puts a record in the place of one of the same key and names: most changes are of this kind. */
  private replace(former: SkydnsRecord, record: SkydnsRecord): void {
    const { tree } = this;
    record.at = former.at;
    record.owner = former.owner;
    this.byKey.set(record.key, record);
    replaceOwn(record.owner.payload as NodeData, former, record);
    this.servedKeys += Number(record.hasData) - Number(former.hasData);
    if (this.mode === 'skydns') {
      this.sorted.replace(former, record);
      // The names above answer with what is below them.
      for (let node = record.at as ZoneNode<NodeData> | undefined; node !== undefined; node = node.parent) {
        if (node !== record.owner) tree.set(node, node.payload, node.marks);
        if (node.isApex) break;
      }
    }
    this.changed(record.owner);
  }

  /** Places a record; else says why it has no zone, or `undefined` when that is no problem. */
  private attach(record: SkydnsRecord, name: Uint8Array, start: number): typeof attached | KeyProblem | undefined {
    const { tree } = this;
    const strict = this.mode === 'strict';
    record.at = tree.ensure(strict && start > 0 ? name.subarray(start) : name);
    record.owner = record.at;
    if (!strict) for (let label = 0; label < record.targetstrip; label++) record.owner = record.owner.parent as ZoneNode<NodeData>;
    const held = this.zoneFor(record.owner, name, start);
    if (held === undefined || 'problem' in held) {
      tree.release(record.at);
      return held;
    }
    addOwn(this.dataOf(record.owner), record);
    held.records++;
    if (record.hasData) this.servedKeys++;
    if (!strict) {
      this.sorted.add(record);
      for (let node = record.at as ZoneNode<NodeData> | undefined; node !== undefined; node = node.parent) {
        this.dataOf(node).keys++;
        tree.set(node, node.payload, node === record.owner ? marksOf(node) : node.marks);
        if (node.isApex) break;
      }
    }
    this.changed(record.owner);
    return attached;
  }

  /** Tells the names above what was restored below them. */
  private flushRestored(): void {
    const { held, parent, count } = this.run.end();
    if (held === undefined || count === 0) return;
    held.records += count;
    if (this.mode === 'strict') return;
    for (let node = parent; node !== undefined; node = node.parent) {
      this.dataOf(node).keys += count;
      this.tree.set(node, node.payload, node.marks);
      if (node.isApex) break;
    }
  }

  private remove(key: string): void {
    const record = this.byKey.get(key);
    if (record === undefined) return;
    this.byKey.delete(key);
    this.detach(record);
  }

  private detach(record: SkydnsRecord): void {
    const { tree } = this;
    const zone = tree.zoneOf(record.owner);
    removeOwn(record.owner.payload as NodeData, record);
    if (record.hasData) this.servedKeys--;
    this.changed(record.owner);
    if (this.mode === 'skydns') {
      this.sorted.remove(record);
      // From the top, so that a node does not leave before those below have been told.
      const path: ZoneNode<NodeData>[] = [];
      for (let node = record.at as ZoneNode<NodeData> | undefined; node !== undefined; node = node.parent) {
        path.push(node);
        if (node.isApex) break;
      }
      for (const node of path.toReversed()) {
        const data = node.payload as NodeData;
        data.keys--;
        tree.set(node, data.isEmpty && !node.isApex ? undefined : data, node === record.owner ? marksOf(node) : node.marks);
      }
    }
    const held = zone === undefined ? undefined : this.held.get(zone.label);
    if (held === undefined || --held.records > 0 || held.configured) return;
    this.dropZone(held);
  }

  /** After its own records changed. */
  private changed(owner: ZoneNode<NodeData>): void {
    const data = owner.payload;
    // One record that is no alias has nothing to be in conflict with; most names are so.
    const own = data?.own;
    const alone = own !== undefined && !Array.isArray(own) && own.hostKind !== hostKinds.name && own.more.raw.length === 0;
    if (!alone || this.conflicts.has(owner)) this.changedOwners.add(owner);
    if (data !== undefined) this.tree.set(owner, data.isEmpty && !owner.isApex ? undefined : data, marksOf(owner));
  }

  private dataOf(node: ZoneNode<NodeData>): NodeData {
    return (node.payload ??= new NodeData());
  }

  /** The zone that a stored name belongs to, made when zones are automatic; why there is none, or `undefined` when that is no problem. */
  private zoneFor(owner: ZoneNode<NodeData>, name: Uint8Array, start: number): HeldZone | KeyProblem | undefined {
    const zone = this.tree.zoneOf(owner);
    if (zone !== undefined && zone === this.lastHeld?.zone) return this.lastHeld;
    if (zone !== undefined) return (this.lastHeld = this.held.get(zone.label));
    if (!this.auto) return undefined;
    const apex = lastLabels(name.subarray(start), 2);
    if (apex === undefined) return { problem: 'its name has fewer than two labels and no listed zone contains it' };
    return this.addZone(apex.slice(), false);
  }

  private addZone(apex: Uint8Array, configured: boolean): HeldZone {
    const zone = this.tree.addZone(apex);
    const held: HeldZone = { zone, apex: createZoneApex(apex, this.defaults), configured, records: 0 };
    this.held.set(zone.label, held);
    this.tree.set(zone.node, this.dataOf(zone.node));
    this.placeNameServers(held);
    return held;
  }

  private placeNameServers({ apex }: HeldZone): void {
    for (const { name, records } of apex.nameServers) {
      const node = this.tree.ensure(name);
      this.dataOf(node).nameServer = records;
      this.tree.set(node, node.payload, marksOf(node));
    }
  }

  private dropZone(held: HeldZone): void {
    this.held.delete(held.zone.label);
    this.lastHeld = undefined;
    for (const { name } of held.apex.nameServers) {
      const { node } = this.tree.find(name);
      if (node?.payload === undefined) continue;
      node.payload.nameServer = undefined;
      this.tree.set(node, node.payload.isEmpty ? undefined : node.payload);
    }
    const { node } = held.zone;
    this.tree.removeZone(held.zone);
    this.tree.set(node, undefined);
  }

  /** After a batch: says which aliases of the changed names lose against other records, and which no longer do. */
  private settleConflicts(): void {
    const cleared: string[] = [];
    for (const node of this.changedOwners) {
      for (const key of this.conflicts.get(node) ?? []) if (this.problems.forget('name', key)) cleared.push(key);
      this.conflicts.delete(node);
    }
    for (const node of this.changedOwners) {
      const found = node.isRemoved ? [] : findConflicts(node, this.mode);
      if (found.length === 0) continue;
      this.conflicts.set(
        node,
        found.map(({ key }) => key),
      );
      for (const { key, problem } of found) this.problems.set('name', key, problem);
    }
    for (const key of cleared) this.problems.tellIfMended(key);
    this.changedOwners.clear();
  }
}
