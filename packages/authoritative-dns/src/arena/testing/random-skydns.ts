import type { KvEvent } from '@seamark/kv-store-client';

import type { SeededRandom } from '../../zone/answer/testing/random-zones.ts';
import { type SkydnsMode, SkydnsZones } from '../../zone/skydns/index.ts';

const labels = ['a', 'b', 'c', 'www', 'x1', '*', 'any', 'dns', 'ns'];
const hosts = ['192.0.2.1', '192.0.2.2', '2001:db8::1', 'a.example.org', 'www.b.example.org', 'c.sub.example.org', 'elsewhere.example.net'];

/** Zones of random stored values, which change revision by revision. */
export class RandomSkydns {
  readonly zones: SkydnsZones;
  private readonly random: SeededRandom;
  private readonly keys = new Set<string>();
  private revision = 1;

  constructor(random: SeededRandom, mode: SkydnsMode) {
    this.random = random;
    this.zones = new SkydnsZones({
      prefix: '/skydns/',
      zones: ['example.org', 'sub.example.org', '2.0.192.in-addr.arpa'],
      mode,
      trackChanges: true,
    });
    this.zones.reset([], this.revision);
    for (let revision = 0; revision < 40; revision++) this.change();
  }

  /** Applies one revision of one to three keys. */
  change(): void {
    const { random, keys } = this;
    this.revision++;
    const events: KvEvent[] = [];
    for (let count = 1 + random.below(3); count > 0; count--) {
      const key = keys.size > 30 || random.chance(40) ? random.pick([...keys, this.key()]) : this.key();
      const deletes = keys.has(key) && random.chance(60);
      if (deletes) keys.delete(key);
      else keys.add(key);
      events.push(deletes ? { type: 'delete', key, modRevision: this.revision } : { type: 'put', entry: this.entry(key) });
    }
    this.zones.apply({ revision: this.revision, events });
  }

  /** A name at, above, below or beside what may be stored. */
  name(): string {
    const { random } = this;
    const zone = random.pick(['example.org', 'example.org', 'sub.example.org', '2.0.192.in-addr.arpa']);
    return [...Array.from({ length: random.below(4) }, () => random.pick(labels)), zone].join('.');
  }

  private key(): string {
    return `/skydns/${this.name().split('.').toReversed().join('/')}`;
  }

  private entry(key: string) {
    const { random, revision } = this;
    const value: Record<string, unknown> = {};
    if (random.chance(90)) value['host'] = random.pick(hosts);
    if (random.chance(20)) value['text'] = `text ${random.below(9)}`;
    if (random.chance(25)) value['port'] = 80 + random.below(3);
    if (random.chance(15)) value['mail'] = true;
    if (random.chance(50)) value['ttl'] = 30 * (1 + random.below(3));
    if (random.chance(10)) value['targetstrip'] = 1;
    if (random.chance(10)) value['group'] = random.pick(['g1', 'g2']);
    const lease = random.chance(10) ? '77' : '0';
    return { key, value: Buffer.from(JSON.stringify(value)), createRevision: revision, modRevision: revision, version: 1, lease };
  }
}
