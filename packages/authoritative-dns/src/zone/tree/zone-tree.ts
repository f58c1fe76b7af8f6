import { dnsNameFromWire } from '@seamark/common/model';

import type { Denial } from './denial.ts';
import { hashLabel, hashOfRoot, lowerCase, NameTable } from './name-table.ts';
import type { Rrset } from './rrset.ts';
import { ZoneNode, treeMarks } from './zone-node.ts';
import type { Zone } from './zone.ts';

/** What fills a tree: it gives every name its payload, and makes RRsets of it when they are asked for. */
export interface ZoneFeeder<T> {
  /** The RRsets of a node with a payload, SOA left out; called once after each change of the node. */
  rrsets(node: ZoneNode<T>): readonly Rrset[];
  /**
   * The SOA of a zone as of now; apart from the other RRsets because a serial may change with every change anywhere in the zone.
   * `undefined` = there is no content yet, or none any more: the zone is ours, but every answer is SERVFAIL.
   */
  soa(zone: Zone<T>): Rrset | undefined;
  /** How a signed zone proves what is not there; absent or `undefined` = it cannot, as an unsigned one. */
  denial?(zone: Zone<T>): Denial | undefined;
  /** True for a node whose RRsets cost so much that they are to be made for questions only, not after each change. Absent = none. */
  isCostly?(node: ZoneNode<T>): boolean;
}

/** Options of {@link ZoneTree}. */
export interface ZoneTreeOptions {
  /** Any 32 bits, unknown to outsiders: seeds the hash of names. Default: random. */
  readonly hashSeed?: number;
  /** Keeps what changed for {@link ZoneTree.takeTouched}, which somebody then must call. Default false. */
  readonly trackChanges?: boolean;
}

/** What {@link ZoneTree.find} found; its fields are overwritten by the next look-up. */
export interface Found<T> {
  /** The longest zone of ours that contains the name; `undefined` = none does, and nothing else is set. */
  zone: Zone<T> | undefined;
  /** The name's node, or that of the wildcard that stands for it; `undefined` = the name does not exist. */
  node: ZoneNode<T> | undefined;
  /** The longest existing ancestor of the name, or its own node. */
  closestEncloser: ZoneNode<T> | undefined;
  /** `node` is a wildcard, and not the name itself. */
  wildcard: boolean;
  /**
   * The delegation at or above the name, the highest one. The zone then has no say about the name: `node` may be set, as a node
   * of glue is, but is no answer (except for DS at the cut itself).
   */
  cut: ZoneNode<T> | undefined;
  /** The highest DNAME above the name (never at it), when no delegation stands higher; what exists below it is hidden. */
  dname: ZoneNode<T> | undefined;
}

/** Names and zones that changed since they were last taken. */
export interface Touched<T> {
  /**
   * Nodes that were made (empty non-terminals too), whose data changed, or that left (`isRemoved`); each once. A name that left and
   * came back is here with both its nodes. NS or DNAME at a node decides about everything below it, which is not listed.
   */
  readonly nodes: readonly ZoneNode<T>[];
  /** Zones that came, left, or changed their SOA or the parent's side; `zoneAt` tells whether one is still there. */
  readonly zones: ReadonlySet<Zone<T>>;
}

const noRrsets: readonly Rrset[] = [];
const maxLabels = 128; // of a name of 255 octets, its root counted

/**
 * The names of all zones in memory, as a tree from the root down and a hash of whole names. A feeder sets what a name has; the tree
 * knows what exists because of that: empty non-terminals, wildcards, delegations, DNAMEs, zones in zones.
 *
 * Names are given in wire form and any case. Nothing here waits, so what happens between two turns of the event loop is one change.
 */
export class ZoneTree<T> {
  private readonly feeder: ZoneFeeder<T>;
  private isTracking: boolean;
  private readonly names = new NameTable<T>();
  private readonly root: ZoneNode<T>;
  private readonly zonesByLabel = new Map<string, Zone<T>>();
  private readonly zoneIds = new Map<string, number>();
  private touchedNodes: ZoneNode<T>[] = [];
  private touchedZones = new Set<Zone<T>>();
  private readonly labelStarts = new Uint8Array(maxLabels);
  private readonly suffixHashes = new Int32Array(maxLabels + 1);
  private readonly found: Found<T> = {
    zone: undefined,
    node: undefined,
    closestEncloser: undefined,
    wildcard: false,
    cut: undefined,
    dname: undefined,
  };

  constructor(feeder: ZoneFeeder<T>, options: ZoneTreeOptions = {}) {
    this.feeder = feeder;
    this.isTracking = options.trackChanges ?? false;
    this.root = new ZoneNode<T>('\0', hashOfRoot(options.hashSeed ?? Math.floor(Math.random() * 2 ** 32)), undefined);
    this.names.add(this.root);
  }

  /** Nodes held, with those of no zone between the root and the apexes. */
  get size(): number {
    return this.names.size;
  }

  /** The zones, in the order in which they came. */
  zones(): Iterable<Zone<T>> {
    return this.zonesByLabel.values();
  }

  /** The zone with exactly this name: `example.org.`. */
  zoneAt(label: string): Zone<T> | undefined {
    return this.zonesByLabel.get(label);
  }

  /** Every node, in no order, with those of no zone between the root and the apexes. */
  nodes(): Iterable<ZoneNode<T>> {
    return this.names;
  }

  /**
   * The first node of a round through all nodes, in which those below a node come before it; {@link nextFromBelow} goes on. The tree may
   * change meanwhile: a node that is there at the beginning and at the end is come by, one that comes later may be, and one that left
   * leads on to the others all the same.
   */
  firstFromBelow(): ZoneNode<T> {
    return lowestFirst(this.root);
  }

  /** See {@link firstFromBelow}. */
  nextFromBelow(node: ZoneNode<T>): ZoneNode<T> | undefined {
    return node.next === undefined ? node.parent : lowestFirst(node.next);
  }

  /** Makes room for so many names at once, which takes longer when they come bit by bit. */
  reserve(names: number): void {
    this.names.reserve(names);
  }

  /** Adds a zone, or returns the one that is there. What the tree has at and below its apex is its own from now on. */
  addZone(apex: Uint8Array): Zone<T> {
    const name = apex.map(lowerCase);
    const text = dnsNameFromWire(name);
    const label = text === '.' ? text : `${text}.`;
    const existing = this.zonesByLabel.get(label);
    if (existing !== undefined) return existing;
    const id = this.zoneIds.get(label) ?? this.zoneIds.size;
    this.zoneIds.set(label, id);
    const node = this.ensure(name);
    const zone: Zone<T> = { id, label, apex: name, node, parentSide: noRrsets };
    node.zone = zone;
    this.zonesByLabel.set(label, zone);
    this.touch(node);
    this.touchZone(zone);
    return zone;
  }

  /** Takes a zone away. Its names stay, as names of the zone around it, until the feeder takes them away. */
  removeZone(zone: Zone<T>): void {
    if (!this.zonesByLabel.delete(zone.label)) return;
    zone.node.zone = undefined;
    this.touch(zone.node);
    this.touchZone(zone);
    this.release(zone.node);
  }

  /** Says what the zone above has at this zone's apex, see {@link Zone.parentSide}. */
  setParentSide(zone: Zone<T>, rrsets: readonly Rrset[]): void {
    (zone as { parentSide: readonly Rrset[] }).parentSide = rrsets;
    this.touchZone(zone);
  }

  /** Notes that a zone's SOA is another one now. Needed by those who take changes only: `find` asks the feeder each time. */
  touchZone(zone: Zone<T>): void {
    if (this.isTracking) this.touchedZones.add(zone);
  }

  /** The node of a name, made when it is not there, with every node above it. One that gets no payload must be given to {@link release}. */
  ensure(name: Uint8Array): ZoneNode<T> {
    const labels = this.hashSuffixes(name, 0, name.length);
    let node = this.names.find(this.suffixHashes[0] as number, name, 0, name.length);
    if (node !== undefined) return node;
    let label = 1;
    while (
      (node = this.names.find(this.suffixHashes[label] as number, name, this.startOf(label, labels, name.length), name.length)) ===
      undefined
    )
      label++;
    while (label > 0) node = this.addChild(node, this.suffixHashes[--label] as number, name, this.startOf(label, labels, name.length));
    return node;
  }

  /**
   * As {@link ensure}, for a name directly below a node that the tree has; it begins in `octets` at `start` with its first label, and the
   * node's name follows, to the end.
   */
  ensureChild(parent: ZoneNode<T>, octets: Uint8Array, start: number): ZoneNode<T> {
    const hash = hashLabel(parent.hash, octets, start, start + (octets[start] as number) + 1);
    return this.names.find(hash, octets, start, octets.length) ?? this.addChild(parent, hash, octets, start);
  }

  /**
   * Sets what a node has: the payload, `undefined` when it has nothing any more, and the {@link nodeMarks} that follow from it. Also
   * called with the same payload after it changed inside. A node that nothing keeps any more leaves the tree.
   */
  set(node: ZoneNode<T>, payload: T | undefined, marks = 0): void {
    node.payload = payload;
    node.marks = (node.marks & ~3) | (marks & 3);
    node.rrsets = undefined;
    this.touch(node);
    if (payload === undefined) this.release(node);
  }

  /** Removes a node that neither data nor a zone nor a name below keeps, and then what its ancestors no longer need to be. */
  release(node: ZoneNode<T>): void {
    for (let gone: ZoneNode<T> | undefined = node; gone !== undefined;) {
      const parent: ZoneNode<T> | undefined = gone.parent;
      if (parent === undefined || gone.payload !== undefined || gone.firstChild !== undefined || gone.zone !== undefined) return;
      if (gone.isRemoved) return;
      this.names.remove(gone);
      if (gone.previous === undefined) parent.firstChild = gone.next;
      else gone.previous.next = gone.next;
      if (gone.next !== undefined) gone.next.previous = gone.previous;
      if (gone.isWildcard) parent.marks &= ~treeMarks.wildcardChild;
      this.touch(gone);
      gone.marks |= treeMarks.removed;
      gone = parent;
    }
  }

  /** The RRsets of a node; the SOA of an apex is not among them, see {@link soa}. */
  rrsets(node: ZoneNode<T>): readonly Rrset[] {
    return (node.rrsets ??= node.payload === undefined ? noRrsets : this.feeder.rrsets(node));
  }

  /** See {@link ZoneFeeder.isCostly}. */
  isCostly(node: ZoneNode<T>): boolean {
    return this.feeder.isCostly?.(node) === true;
  }

  /** The SOA of a zone as of now; see {@link ZoneFeeder.soa}. */
  soa(zone: Zone<T>): Rrset | undefined {
    return this.feeder.soa(zone);
  }

  /** How a signed zone proves what is not there; see {@link ZoneFeeder.denial}. */
  denial(zone: Zone<T>): Denial | undefined {
    return this.feeder.denial?.(zone);
  }

  /** The zone that a node belongs to. */
  zoneOf(node: ZoneNode<T>): Zone<T> | undefined {
    for (let above: ZoneNode<T> | undefined = node; above !== undefined; above = above.parent)
      if (above.zone !== undefined) return above.zone;
    return undefined;
  }

  /** The nodes directly below, ordered by label as RFC 4034 6.1 orders names. */
  children(node: ZoneNode<T>): ZoneNode<T>[] {
    const children: ZoneNode<T>[] = [];
    for (let child = node.firstChild; child !== undefined; child = child.next) children.push(child);
    return children.sort(compareFirstLabels);
  }

  /** A node and every node below it, in the order of RFC 4034 6.1. The tree must not change meanwhile. */
  *walk(node: ZoneNode<T>): Generator<ZoneNode<T>> {
    const pending = [node];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      yield next;
      if (next.firstChild !== undefined) pending.push(...this.children(next).reverse());
    }
  }

  /**
   * Looks up the name that fills `octets` from `start` to `end` (RFC 1034 4.3.2, RFC 4592). The result is one object, overwritten by
   * the next call; nothing is allocated.
   */
  find(octets: Uint8Array, start = 0, end = octets.length): Found<T> {
    const { names, suffixHashes, found } = this;
    const labels = this.hashSuffixes(octets, start, end);
    found.wildcard = false;
    found.cut = found.dname = undefined;
    let label = 0;
    let node = names.find(suffixHashes[0] as number, octets, start, end);
    const exact = node;
    while (node === undefined)
      node = names.find(suffixHashes[++label] as number, octets, start + this.startOf(label, labels, end - start), end);
    found.closestEncloser = node;
    let zone: Zone<T> | undefined;
    // Upwards, so that the highest cut or DNAME is what stays.
    for (let above: ZoneNode<T> | undefined = node; above !== undefined; above = above.parent) {
      if ((above.marks & 3) !== 0) {
        if (above.hasDname && above !== exact) {
          found.dname = above;
          found.cut = undefined;
        }
        if (above.isCut) {
          found.cut = above;
          found.dname = undefined;
        }
      }
      zone = above.zone;
      if (zone !== undefined) break;
    }
    found.zone = zone;
    if (zone === undefined) {
      found.node = found.closestEncloser = found.cut = found.dname = undefined;
      return found;
    }
    if (exact === undefined && node.hasWildcard) {
      found.node = names.findWildcard(node);
      found.wildcard = true;
    } else found.node = exact;
    return found;
  }

  /** Keeps what changes from now on, as with the option. */
  trackChanges(): void {
    this.isTracking = true;
  }

  /** What changed since the last call. Empty unless changes are tracked. */
  takeTouched(): Touched<T> {
    const touched = { nodes: this.touchedNodes, zones: this.touchedZones };
    for (const node of touched.nodes) node.marks &= ~treeMarks.touched;
    this.touchedNodes = [];
    this.touchedZones = new Set();
    return touched;
  }

  private touch(node: ZoneNode<T>): void {
    if (!this.isTracking || (node.marks & treeMarks.touched) !== 0) return;
    node.marks |= treeMarks.touched;
    this.touchedNodes.push(node);
  }

  private addChild(parent: ZoneNode<T>, hash: number, name: Uint8Array, start: number): ZoneNode<T> {
    const node = new ZoneNode<T>(keyOf(name, start), hash, parent);
    node.next = parent.firstChild;
    if (node.next !== undefined) node.next.previous = node;
    parent.firstChild = node;
    if (node.isWildcard) parent.marks |= treeMarks.wildcardChild;
    this.names.add(node);
    this.touch(node);
    return node;
  }

  /** Sets `labelStarts` (relative to `start`) and `suffixHashes`, and returns the number of labels without the root. */
  private hashSuffixes(octets: Uint8Array, start: number, end: number): number {
    const { labelStarts, suffixHashes } = this;
    let labels = 0;
    for (let at = start; octets[at] !== 0; at += (octets[at] as number) + 1) labelStarts[labels++] = at - start;
    let hash = this.root.hash;
    suffixHashes[labels] = hash;
    let labelEnd = end - 1;
    for (let label = labels - 1; label >= 0; label--) {
      const labelStart = start + (labelStarts[label] as number);
      hash = hashLabel(hash, octets, labelStart, labelEnd);
      suffixHashes[label] = hash;
      labelEnd = labelStart;
    }
    return labels;
  }

  private startOf(label: number, labels: number, length: number): number {
    return label === labels ? length - 1 : (this.labelStarts[label] as number);
  }
}

function lowestFirst<T>(node: ZoneNode<T>): ZoneNode<T> {
  let lowest = node;
  while (lowest.firstChild !== undefined) lowest = lowest.firstChild;
  return lowest;
}

const lowerCased = Buffer.alloc(255);

function keyOf(name: Uint8Array, start: number): string {
  const length = name.length - start;
  for (let at = 0; at < length; at++) lowerCased[at] = lowerCase(name[start + at] as number);
  return lowerCased.toString('latin1', 0, length);
}

function compareFirstLabels(a: ZoneNode<unknown>, b: ZoneNode<unknown>): number {
  const left = a.key.slice(1, a.key.charCodeAt(0) + 1);
  const right = b.key.slice(1, b.key.charCodeAt(0) + 1);
  return left < right ? -1 : left > right ? 1 : 0;
}
