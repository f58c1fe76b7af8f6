import { type ArenaAnswer, type ArenaBatch, nameFlags } from '@seamark/netio';

import { nodeName, type Rrset, type Zone, type ZoneNode, type ZoneTree } from '../zone/tree/index.ts';
import type { AnswerPolicy } from './answer-policy.ts';
import { compileNode } from './compile-node.ts';
import { compileZone } from './compile-zone.ts';
import type { CompiledSource } from './compiled-source.ts';
import { AnswerComposer } from './compose-answers.ts';
import { Dependents, soaKey } from './dependents.ts';
import { minimalComposer } from './minimal-composer.ts';
import type { FollowedChanges, TreeChanges } from './tree-changes.ts';

/** Options of {@link TreeSource}. */
export interface TreeSourceOptions<T> {
  /** Where the zones are, and what changes in them. */
  readonly changes: TreeChanges<T>;
  /** What is done to the answers of a zone; `undefined` = its questions go to JavaScript. */
  readonly policyOf: (zone: Zone<T>) => AnswerPolicy | undefined;
  /** The number of a zone in the arena; default: its own. Needed where several trees fill one arena. */
  readonly numberOf?: (zone: Zone<T>) => number;
  /** By which a zone's answers are counted; default: its number. */
  readonly countedAs?: (zone: Zone<T>) => number;
  /** Others fill the same arena: names outside of the tree's zones, which must not change, are left alone. Default false. */
  readonly isShared?: boolean;
  /** Says of a name in the zones whether it is compiled here; what is not is left alone. Absent = all are. */
  readonly owns?: (name: Uint8Array) => boolean;
  /** When every zone has the same serial: that serial. A change then costs the same whatever the number of zones. */
  readonly sharedSerial?: () => number;
  /** As `sharedSerial` where the arena's serial is that of others: when it changes, every zone is written. */
  readonly ownSerial?: () => number;
  /**
   * False: answers with NS, MX and SRV are complete without addresses of hosts that the tree does not have. Default true: such answers
   * go to JavaScript, which asks elsewhere for them.
   */
  readonly asksForHosts?: boolean;
}

/** What was compiled of a zone. */
interface HeldZone {
  readonly soa: Rrset | undefined;
  /** The arena has it. */
  readonly isPut: boolean;
}

const noAnswers: readonly ArenaAnswer[] = [];
/** Octets of a batch at which it is applied. */
const fullAtOctets = 256 * 1024;
/** Names of one change that are written with it in any case. */
const maxNamesOfChange = 8_192;
/** SOA's RDATA ends in serial, refresh, retry, expire, minimum. */
const serialFromEnd = 20;

/** The zones of a tree for an arena. */
export class TreeSource<T> implements CompiledSource, Disposable {
  private readonly options: TreeSourceOptions<T>;
  private readonly tree: ZoneTree<T>;
  private readonly touched: FollowedChanges<T>;
  private zones = new Map<Zone<T>, HeldZone>();
  /** That of all zones when they were written last, where they have one. */
  private serial: number | undefined;
  /** Nodes below which nothing is compiled: delegations and DNAMEs. */
  private occluding = new Set<ZoneNode<T>>();
  private readonly dependents = new Dependents<T>();
  private readonly composer: AnswerComposer<T>;
  /** Depend on names that have been written in the change at hand. */
  private stale = new Set<ZoneNode<T>>();
  /** The name that {@link fill} comes to next; `undefined` = it has been at all. */
  private unfilled: ZoneNode<T> | undefined;
  /** Names that JavaScript is asked for, and for all below them, until the others are there. */
  private later = new Set<ZoneNode<T>>();

  constructor(options: TreeSourceOptions<T>) {
    this.options = options;
    this.tree = options.changes.tree;
    this.touched = options.changes.follow();
    this.composer = new AnswerComposer({
      tree: this.tree,
      dependents: this.dependents,
      sharedSerial: options.sharedSerial !== undefined,
      asksForHosts: options.asksForHosts ?? true,
    });
  }

  /** @inheritdoc */
  begin(batch: ArenaBatch): void {
    const { tree } = this;
    this.touched.take();
    this.zones = new Map();
    this.occluding = new Set();
    this.dependents.clear();
    this.stale = new Set();
    this.later = new Set();
    this.writeSerial(batch);
    for (const zone of tree.zones()) {
      this.writeZone(zone, batch);
      if (this.options.owns?.(zone.apex) !== false) this.ask(zone.apex, zone, batch);
    }
    this.unfilled = tree.firstFromBelow();
    this.options.changes.noteFilling(this, true);
  }

  /**
   * @inheritdoc
   * Names below come before the names that they stand below, so that one which is missing in the arena is found below an apex or another
   * name that has all of its questions asked, and never below a name that knows of no others.
   */
  fill(batch: ArenaBatch, isEnough: () => boolean): boolean {
    for (let node = this.unfilled; node !== undefined; node = this.unfilled) {
      if (isEnough()) return false;
      this.unfilled = this.tree.nextFromBelow(node);
      if (!node.isRemoved) this.compile(node, batch);
      this.later.delete(node);
    }
    // All names are there now, so the order is no matter any more.
    for (const node of this.later) {
      if (isEnough()) return false;
      this.later.delete(node);
      if (!node.isRemoved) this.compile(node, batch);
    }
    this.options.changes.noteFilling(this, false);
    return true;
  }

  /** @inheritdoc */
  isMostlyNew(): boolean {
    const nodes = this.touched.countNodes();
    return nodes > maxNamesOfChange && nodes > this.tree.size / 2;
  }

  /** @inheritdoc */
  writeChanges(batch: ArenaBatch, full: () => void): void {
    const { nodes, zones } = this.touched.take();
    const isSerialNew = this.serial !== this.serialNow();
    if (nodes.length === 0 && zones.size === 0 && !isSerialNew) return;
    this.writeSerial(batch);
    for (const zone of zones) this.changeZone(zone, batch, full);
    if (isSerialNew && this.options.sharedSerial === undefined) {
      for (const zone of this.tree.zones()) if (!zones.has(zone)) this.changeZone(zone, batch, full);
    }
    for (const node of nodes) {
      if (node.isRemoved) this.forget(node, batch, full);
      else if (occludes(node) !== this.occluding.has(node)) this.writeBelow(node, batch, full);
      else this.writeNode(node, batch);
      // Whether a wildcard stands below it is kept with the name above, which the tree does not count as changed.
      if (node.isWildcard && node.parent !== undefined && !node.parent.isRemoved) this.writeNode(node.parent, batch);
      if (batch.length >= fullAtOctets) full();
    }
    this.writeStale(batch, full);
  }

  /** What depends on names that changed, whose own names did not. */
  private writeStale(batch: ArenaBatch, full: () => void): void {
    const { stale } = this;
    if (stale.size === 0) return;
    this.stale = new Set();
    for (const node of stale) {
      if (node.isRemoved) this.dependents.delete(node);
      else this.compile(node, batch);
      if (batch.length >= fullAtOctets) full();
    }
  }

  private changeZone(zone: Zone<T>, batch: ArenaBatch, full: () => void): void {
    const { tree } = this;
    if (tree.zoneAt(zone.label) !== zone) {
      this.noteStale(soaKey(zone));
      const held = this.zones.get(zone);
      if (!this.zones.delete(zone)) return;
      if (held?.isPut === true) batch.removeZone(this.numberOf(zone));
      // Its names are those of the zone around it now, or of none.
      if (!zone.node.isRemoved) this.writeBelow(zone.node, batch, full);
      return;
    }
    const held = this.zones.get(zone);
    const soa = tree.soa(zone);
    if (held === undefined || !this.isSameSoa(held.soa, soa)) this.noteStale(soaKey(zone));
    if (held === undefined) {
      this.writeZone(zone, batch);
      this.writeBelow(zone.node, batch, full);
    } else if (!this.isSameSoa(held.soa, soa)) {
      this.writeZone(zone, batch);
      this.writeNode(zone.node, batch);
    }
  }

  private isSameSoa(held: Rrset | undefined, now: Rrset | undefined): boolean {
    if (held === now) return true;
    const before = held?.rdata[0];
    const after = now?.rdata[0];
    if (before === undefined || after === undefined || before.length !== after.length || held?.ttlSeconds !== now?.ttlSeconds) return false;
    const serialAt = this.options.sharedSerial === undefined ? -4 : after.length - serialFromEnd;
    for (let at = 0; at < after.length; at++) {
      if (before[at] !== after[at] && (at < serialAt || at >= serialAt + 4)) return false;
    }
    return true;
  }

  /** Follows no more changes. */
  [Symbol.dispose](): void {
    this.unfilled = undefined;
    this.options.changes.noteFilling(this, false);
    this.touched[Symbol.dispose]();
  }

  private numberOf(zone: Zone<T>): number {
    return this.options.numberOf?.(zone) ?? zone.id;
  }

  private writeSerial(batch: ArenaBatch): void {
    this.serial = this.serialNow();
    if (this.options.sharedSerial !== undefined) batch.serial(this.serial as number);
  }

  private serialNow(): number | undefined {
    const { sharedSerial, ownSerial } = this.options;
    return (sharedSerial ?? ownSerial)?.();
  }

  private writeZone(zone: Zone<T>, batch: ArenaBatch): void {
    const { tree, options } = this;
    const soa = tree.soa(zone);
    const policy = options.policyOf(zone);
    const wasPut = this.zones.get(zone)?.isPut === true;
    const isPut = soa !== undefined && policy !== undefined;
    this.zones.set(zone, { soa, isPut });
    // Without its zone a name's questions go to JavaScript.
    if (!isPut) {
      if (wasPut) batch.removeZone(this.numberOf(zone));
    } else {
      const traits = { isSigned: tree.denial(zone) !== undefined, sharedSerial: options.sharedSerial !== undefined };
      const number = this.numberOf(zone);
      const countedAs = options.countedAs?.(zone) ?? number;
      batch.putZone(compileZone(zone.apex, { number, countedAs }, soa, policy, traits));
    }
  }

  private writeBelow(node: ZoneNode<T>, batch: ArenaBatch, full: () => void): void {
    for (const each of this.tree.walk(node)) {
      this.writeNode(each, batch);
      if (batch.length >= fullAtOctets) full();
    }
  }

  private writeNode(node: ZoneNode<T>, batch: ArenaBatch): void {
    this.noteStale(node.key);
    // Of what stands below it something may be missing yet.
    if (this.unfilled !== undefined && node.firstChild !== undefined) this.writeLater(node, batch);
    else this.compile(node, batch);
  }

  private writeLater(node: ZoneNode<T>, batch: ArenaBatch): void {
    this.dependents.delete(node);
    this.noteOccluding(node);
    const zone = this.tree.zoneOf(node);
    const name = nodeName(node);
    if (this.options.owns?.(name) === false || (zone === undefined && this.options.isShared === true)) return;
    if (zone === undefined || this.isOccluded(node)) return batch.removeName(name);
    this.ask(name, zone, batch);
    this.later.add(node);
  }

  private ask(name: Uint8Array, zone: Zone<T>, batch: ArenaBatch): void {
    batch.putName(name, this.numberOf(zone), nameFlags.ask | nameFlags.askBelow, noAnswers);
  }

  private noteStale(changed: string): void {
    for (const node of this.dependents.of(changed)) this.stale.add(node);
  }

  private compile(node: ZoneNode<T>, batch: ArenaBatch): void {
    const { tree } = this;
    this.dependents.delete(node);
    const zone = tree.zoneOf(node);
    this.noteOccluding(node);
    const name = nodeName(node);
    if (this.options.owns?.(name) === false || (zone === undefined && this.options.isShared === true)) return;
    if (zone === undefined || this.isOccluded(node)) return batch.removeName(name);
    if (tree.isCostly(node)) {
      const below = (node.hasWildcard ? nameFlags.wildcard : 0) | (occludes(node) ? nameFlags.askBelow : 0);
      return batch.putName(name, this.numberOf(zone), nameFlags.ask | below, []);
    }
    const isHeld = node.rrsets !== undefined;
    const rrsets = tree.rrsets(node);
    const soa = node.isApex ? tree.soa(zone) : undefined;
    const composer = this.options.policyOf(zone)?.minimal === true ? minimalComposer : this.composer;
    const { flags, answers } = compileNode(node, name, zone, rrsets, soa, this.options.sharedSerial !== undefined, composer);
    batch.putName(name, this.numberOf(zone), flags, answers);
    // What is compiled is seldom asked for in JavaScript; the tree makes it again when it is.
    if (!isHeld) node.rrsets = undefined;
  }

  /** After a node left: its name is that of another node now, or gone. Either may be listed first. */
  private forget(node: ZoneNode<T>, batch: ArenaBatch, full: () => void): void {
    this.occluding.delete(node);
    this.noteStale(node.key);
    this.dependents.delete(node);
    const name = nodeName(node);
    const { zone, closestEncloser: now } = this.tree.find(name);
    if (this.options.owns?.(name) === false || (zone === undefined && this.options.isShared === true)) return;
    if (now?.key === node.key) this.writeBelow(now, batch, full);
    else batch.removeName(name);
  }

  private noteOccluding(node: ZoneNode<T>): void {
    if (occludes(node)) this.occluding.add(node);
    else this.occluding.delete(node);
  }

  /** Whether a delegation or DNAME stands above the node in its zone. */
  private isOccluded(node: ZoneNode<T>): boolean {
    if (node.isApex) return false;
    for (let above = node.parent; above !== undefined; above = above.parent) {
      if (occludes(above)) {
        // Also before it has been compiled itself: what stands below it is missing because of it.
        this.occluding.add(above);
        return true;
      }
      if (above.isApex) return false;
    }
    return false;
  }
}

function occludes(node: ZoneNode<unknown>): boolean {
  return node.isCut || node.hasDname;
}
