import { dnsNameToWire } from '@seamark/common/model';

import { createZoneContent } from '../../handlers/file/zone-content.ts';
import { recordFromText } from '../../wire/presentation/index.ts';
import { type RandomZone, randomZone, type SeededRandom } from '../../zone/answer/testing/random-zones.ts';
import { type Rrset, ZoneTree } from '../../zone/tree/index.ts';

/** Zones of random content in one tree, which can change at random. */
export class RandomTree {
  readonly tree: ZoneTree<readonly Rrset[]>;
  readonly zones: RandomZone[];
  private readonly random: SeededRandom;
  private readonly names: readonly string[];
  private readonly soas = new Map<string, Rrset>();
  private readonly owners = new Map<string, Uint8Array[]>();

  constructor(random: SeededRandom, names: readonly string[]) {
    this.random = random;
    this.names = names;
    this.tree = new ZoneTree({ rrsets: (node) => node.payload ?? [], soa: (zone) => this.soas.get(zone.label) }, { trackChanges: true });
    for (const name of names) this.tree.addZone(dnsNameToWire(name));
    this.zones = names.map((name) => this.zone(name));
    for (const zone of this.zones) this.put(zone);
  }

  /** Changes one thing: a zone's whole content, whether it is there, or one name. */
  change(): void {
    const { random, tree, names } = this;
    const at = random.below(names.length);
    const name = names[at] as string;
    const zone = tree.zoneAt(`${name}.`);
    const roll = random.below(10);
    if (zone === undefined) {
      tree.addZone(dnsNameToWire(name));
      this.put(this.zones[at] as RandomZone);
    } else if (roll === 0 && !names.some((other) => other.endsWith(`.${name}`))) tree.removeZone(zone);
    else if (roll < 4) this.put((this.zones[at] = this.zone(name)));
    else {
      const owners = (this.owners.get(name) ?? []).filter((owner) => owner.length > zone.apex.length);
      if (owners.length > 0) tree.set(tree.ensure(random.pick(owners)), undefined);
    }
  }

  /** With service bindings, of which some are aliases and some lead to their own owner, and with addresses for both families. */
  private zone(name: string): RandomZone {
    const { random } = this;
    const zone = randomZone(random, name, this.names);
    const plain = zone.records.filter(({ type }) => type === 'A' || type === 'MX');
    const more = plain.flatMap(({ owner, ttlSeconds }): RandomZone['records'] => {
      if (random.chance(70)) return [];
      const target = random.pick(['.', `${random.pick(zone.records).owner}.`, `${random.pick(plain).owner}.`]);
      return [{ owner, ttlSeconds: 60 + ttlSeconds, type: 'HTTPS', data: `${random.below(2)} ${target}` }];
    });
    const seen = new Set<string>();
    const first = more.filter(({ owner }) => !seen.has(owner) && seen.add(owner));
    return { name, records: [...zone.records, ...first] };
  }

  private put(zone: RandomZone): void {
    const { tree } = this;
    const apex = dnsNameToWire(zone.name);
    const content = createZoneContent(
      apex,
      zone.records.map(({ owner, ttlSeconds, type, data }) => {
        const read = recordFromText(`${type} ${data}`, apex);
        if (!read.ok) throw new Error(`${type} ${data}: ${read.problem}`);
        return { owner: dnsNameToWire(owner), ttlSeconds, ...read.value };
      }),
    );
    if (!content.ok) throw new Error(`${zone.name}: ${content.problem}`);
    const held = tree.zoneAt(`${zone.name}.`);
    if (held === undefined) return;
    for (const owner of this.owners.get(zone.name) ?? []) if (tree.find(owner).zone === held) tree.set(tree.ensure(owner), undefined);
    const owners: Uint8Array[] = [];
    for (const { name, rrsets, marks } of content.value.names.values()) {
      if (tree.find(name).zone !== held) continue;
      tree.set(tree.ensure(name), rrsets, marks);
      owners.push(name);
    }
    this.owners.set(zone.name, owners);
    this.soas.set(`${zone.name}.`, content.value.soa);
    tree.touchZone(held);
  }
}
