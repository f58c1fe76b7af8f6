import { dnsNameFromWire } from '@seamark/common/model';
import { expect, test } from 'vitest';

import { nodeName } from '../../zone/tree/index.ts';
import { ContentZones } from './content-zones.ts';
import { readZoneText } from './load-zone-file.ts';

const apex = '@ 60 SOA ns1 host 1 14400 3600 1209600 300\n@ 60 NS ns.example.net.\n';
const content = (zone: string, text: string) => readZoneText(apex + text, zone, zone).content;

/** Names that changed since they were last asked for, those that left with a `-`. */
function touched(zones: ContentZones): string[] {
  const names = zones.tree.takeTouched().nodes.map((node) => `${node.isRemoved ? '-' : ''}${dnsNameFromWire(nodeName(node))}`);
  return names.toSorted();
}

test('a new version touches only the names that differ', () => {
  const zones = new ContentZones(['example.org.'], { trackChanges: true });
  zones.replace('example.org.', content('example.org.', 'a 60 A 192.0.2.1\nb.ent 60 A 192.0.2.2\nc 60 A 192.0.2.3\n* 60 A 192.0.2.4\n'));
  touched(zones);
  zones.replace('example.org.', content('example.org.', 'a 60 A 192.0.2.1\nc 60 A 192.0.2.9\nd 60 A 192.0.2.3\n* 60 A 192.0.2.4\n'));
  expect(touched(zones)).toEqual(['-b.ent.example.org', '-ent.example.org', 'c.example.org', 'd.example.org']);
  zones.replace('example.org.', undefined);
  expect([...zones.tree.nodes()].map((node) => dnsNameFromWire(nodeName(node))).toSorted()).toEqual(['.', 'example.org', 'org']);
});

test('a zone below that is ours keeps its names, and has DS from the zone above', () => {
  const zones = new ContentZones(['example.org.', 'sub.example.org.']);
  const below = () => zones.tree.zoneAt('sub.example.org.')?.parentSide.map(({ type }) => type);
  zones.replace('sub.example.org.', content('sub.example.org.', 'www 60 A 192.0.2.1\n'));
  zones.replace(
    'example.org.',
    content('example.org.', `sub 60 NS ns1.sub\nsub 60 DS 1 13 2 ${'ab'.repeat(32)}\nns1.sub 60 A 192.0.2.5\n`),
  );
  expect(below()).toEqual([43]);
  const names = [...zones.tree.nodes()].map((node) => dnsNameFromWire(nodeName(node))).toSorted();
  expect(names).toEqual(['.', 'example.org', 'org', 'sub.example.org', 'www.sub.example.org']);
  zones.replace('example.org.', content('example.org.', 'sub 60 NS ns1.sub\n'));
  expect(below()).toEqual([]);
});
