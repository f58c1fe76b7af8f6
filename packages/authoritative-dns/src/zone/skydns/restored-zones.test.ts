import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { entryOfRecord } from '../../snapshot/record-value.ts';
import type { SkydnsMode } from './name-rrsets.ts';
import { SkydnsZones } from './skydns-zones.ts';

const zonesOf = (mode: SkydnsMode): SkydnsZones =>
  new SkydnsZones({
    prefix: '/skydns/',
    zones: ['example.org', 'sub.example.org'],
    mode,
    nameServers: [{ name: 'ns1.example.org.', addresses: ['192.0.2.53'] }],
    hashSeed: 1,
  });

/** All that a tree has, whatever it came from. */
function contentOf(zones: SkydnsZones): unknown {
  const { tree } = zones;
  const nodes = [...tree.nodes()].map((node) => ({
    name: node.key,
    marks: node.marks,
    keys: node.payload?.keys ?? 0,
    rrsets: tree
      .rrsets(node)
      .map(({ type, ttlSeconds, rdata }) => [type, ttlSeconds, rdata.map((octets) => Buffer.from(octets).toString('hex'))]),
  }));
  const ordered: string[] = [];
  zones.ordered.visit('', ({ key }) => void ordered.push(key));
  return {
    nodes: nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    ordered,
    keys: [...zones.records()].map(({ key }) => key).toSorted(),
    records: [...tree.zones()].map((zone) => zones.recordsIn(zone)),
    stats: { ...zones.stats(), problems: 0 },
    serial: zones.serial,
  };
}

const label = fc.constantFrom('a', 'b', 'c', 'sub', 'www', '*', 'ns1', 'WWW', 'ns', 'dns', 'x'.repeat(63));
const key = fc.array(label, { maxLength: 4 }).map((labels) => ['/skydns/org/example', ...labels].join('/'));
const address = fc.record({ host: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'), ttl: fc.constantFrom(0, 7, 300) });
const other = fc.record({
  host: fc.constantFrom('192.0.2.1', 'a.example.org'),
  text: fc.constantFrom('', 't'),
  port: fc.constantFrom(0, 80),
  targetstrip: fc.constantFrom(0, 1),
});
const entry = fc.record({
  key,
  value: fc.oneof({ weight: 4, arbitrary: address }, { weight: 1, arbitrary: other }),
  lease: fc.constantFrom('0', '0', '0', '7'),
});
const content = fc.uniqueArray(entry, { selector: (each) => each.key, maxLength: 40 });

describe.each<SkydnsMode>(['skydns', 'strict'])('zones from a copy of their records, in mode %s,', (mode) => {
  it.each(['in the order of keys', 'in any order'])('are what they were, %s', (order) => {
    fc.assert(
      fc.property(content, (entries) => {
        const first = zonesOf(mode);
        first.reset(
          entries.map((each) => ({ ...each, value: Buffer.from(JSON.stringify(each.value)) })),
          7,
        );
        const second = zonesOf(mode);
        const copied = [...first.records()].map(entryOfRecord);
        if (order === 'in the order of keys') copied.sort((a, b) => (a.key < b.key ? -1 : 1));
        for (const each of copied) {
          if ('value' in each) second.restoreValue(each.key, each.value, each.lease);
          else second.restoreAddress(each.key, each.kind, each.host, each.ttlSeconds);
        }
        expect([...second.tree.zones()].map((zone) => second.soa(zone))).toEqual([undefined, undefined]);
        second.restored(7);
        expect(contentOf(second)).toEqual(contentOf(first));
      }),
      { numRuns: 300 },
    );
  });

  it('give way to what the store has, also in the middle of the copy', () => {
    fc.assert(
      fc.property(content, content, fc.nat(40), (before, after, taken) => {
        const first = zonesOf(mode);
        const entriesOf = (entries: typeof before) => entries.map((each) => ({ ...each, value: Buffer.from(JSON.stringify(each.value)) }));
        first.reset(entriesOf(before), 7);
        const second = zonesOf(mode);
        for (const each of [...first.records()].map(entryOfRecord).slice(0, taken)) {
          if ('value' in each) second.restoreValue(each.key, each.value, each.lease);
          else second.restoreAddress(each.key, each.kind, each.host, each.ttlSeconds);
        }
        second.reset(entriesOf(after), 9);
        const wanted = zonesOf(mode);
        wanted.reset(entriesOf(after), 9);
        expect(contentOf(second)).toEqual(contentOf(wanted));
      }),
      { numRuns: 300 },
    );
  });
});
