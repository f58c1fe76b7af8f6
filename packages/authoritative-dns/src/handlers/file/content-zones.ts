import { dnsNameToWire } from '@seamark/common/model';

import { recordTypes } from '../../wire/record-type.ts';
import { type Rrset, type Zone, type ZoneNode, ZoneTree, type ZoneTreeOptions } from '../../zone/tree/index.ts';
import type { ContentName, ZoneContent } from './zone-content.ts';

/** What the zone above a zone of ours has the say about at its apex (RFC 4035 2.4). */
const parentSideTypes: ReadonlySet<number> = new Set([recordTypes.DS, recordTypes.NSEC, recordTypes.RRSIG]);

const noNames: ReadonlyMap<string, ContentName> = new Map();

/** Zones that are replaced as a whole, in one tree; a new version touches only the names that differ. */
export class ContentZones {
  readonly tree: ZoneTree<readonly Rrset[]>;
  /** Names are not kept beside the tree: there may be a million. */
  private readonly contents = new Map<string, Pick<ZoneContent, 'soa' | 'serial' | 'denial'>>();

  /** The zones (`example.org.`) are ours from the start; one without content answers SERVFAIL. Throws SM_NAME_INVALID. */
  constructor(zones: readonly string[], options: ZoneTreeOptions = {}) {
    this.tree = new ZoneTree<readonly Rrset[]>(
      {
        rrsets: (node) => node.payload ?? [],
        soa: (zone) => this.contents.get(zone.label)?.soa,
        denial: (zone) => this.contents.get(zone.label)?.denial,
      },
      options,
    );
    for (const zone of zones) this.tree.addZone(dnsNameToWire(zone));
  }

  /** Whether a zone has content. */
  has(zone: string): boolean {
    return this.contents.has(zone);
  }

  /** Serial of a zone's content. */
  serialOf(zone: string): number | undefined {
    return this.contents.get(zone)?.serial;
  }

  /** Gives one of the zones its content; the answers change as a whole. */
  replace(label: string, content: ZoneContent | undefined): void {
    const { tree } = this;
    const zone = tree.zoneAt(label);
    if (zone === undefined) throw new RangeError(`${label} is none of the zones`);
    const names = content?.names ?? noNames;
    for (const node of nodesOf(zone)) {
      // A zone below that is ours too has its own records; what the zone above has below its apex is glue.
      if (node.zone !== undefined && node.zone !== zone) tree.setParentSide(node.zone, parentSide(names.get(node.key)));
      else if (node.payload !== undefined && !names.has(node.key)) tree.set(node, undefined);
    }
    for (const { name, rrsets, marks } of names.values()) {
      const found = tree.find(name);
      if (found.zone !== zone) continue;
      const node = found.wildcard ? undefined : found.node;
      if (node?.payload === undefined || !areSame(node.payload, rrsets)) tree.set(node ?? tree.ensure(name), rrsets, marks);
    }
    if (content === undefined) this.contents.delete(label);
    else this.contents.set(label, { soa: content.soa, serial: content.serial, denial: content.denial });
    tree.touchZone(zone);
  }
}

/** The nodes of a zone, and the apexes of the zones right below it. */
function nodesOf<T>(zone: Zone<T>): ZoneNode<T>[] {
  const nodes: ZoneNode<T>[] = [];
  const pending = [zone.node];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    nodes.push(node);
    if (node.zone !== undefined && node.zone !== zone) continue;
    for (let child = node.firstChild; child !== undefined; child = child.next) pending.push(child);
  }
  return nodes;
}

function parentSide(name: ContentName | undefined): readonly Rrset[] {
  return name?.rrsets.filter(({ type }) => parentSideTypes.has(type)) ?? [];
}

function areSame(a: readonly Rrset[], b: readonly Rrset[]): boolean {
  return a.length === b.length && a.every((rrset, index) => isSame(rrset, b[index] as Rrset));
}

function isSame(a: Rrset, b: Rrset): boolean {
  return (
    a.type === b.type &&
    a.ttlSeconds === b.ttlSeconds &&
    a.rdata.length === b.rdata.length &&
    a.rdata.every((rdata, index) => Buffer.compare(rdata, b.rdata[index] as Uint8Array) === 0)
  );
}
