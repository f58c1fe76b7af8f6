import { describe, expect, it } from 'vitest';

import { nodeName } from '../tree/index.ts';
import { addressRrsets } from './address-rrsets.ts';
import { nameRrsets, type SkydnsMode } from './name-rrsets.ts';
import { ownRecords } from './node-data.ts';
import { SkydnsZones } from './skydns-zones.ts';

const values = [
  { host: '192.0.2.1' },
  { host: '192.0.2.1', ttl: 7 },
  { host: '2001:db8::1', ttl: 4_000_000_000 },
  { host: '::ffff:192.0.2.9', targetstrip: 0 },
];

describe.each<SkydnsMode>(['skydns', 'strict'])('RRsets of a name with one address, in mode %s,', (mode) => {
  const zones = (content: Readonly<Record<string, object>>, lease = '0'): SkydnsZones => {
    const made = new SkydnsZones({ prefix: '/skydns/', zones: ['example.org'], mode });
    const entries = Object.entries(content).map(([key, value]) => ({
      key: `/skydns/org/example/${key}`,
      value: Buffer.from(JSON.stringify(value)),
      lease,
    }));
    made.reset(entries, 1);
    return made;
  };
  const nodeOf = (made: SkydnsZones, label: string) => {
    const found = [...made.tree.nodes()].find((node) => node.key.startsWith(String.fromCharCode(label.length) + label));
    if (found === undefined) throw new Error(`no node ${label}`);
    return found;
  };

  it.each(values)('are those of any name: %j', (value) => {
    const made = zones({ web: value });
    const node = nodeOf(made, 'web');
    const content = { mode, name: node.key, isApex: false, isReverse: false, own: ownRecords(node.payload), below: [], apexAddresses: [] };
    expect(addressRrsets(node, mode)).toEqual(nameRrsets(content, made.ttlRules));
    expect(made.tree.find(nodeName(node)).node).toBe(node);
  });

  it.each<[string, Readonly<Record<string, object>>, string?]>([
    ['two values', { 'web/1': { host: '192.0.2.1', targetstrip: 1 }, 'web/2': { host: '192.0.2.2', targetstrip: 1 } }],
    ['a port', { web: { host: '192.0.2.1', port: 80 } }],
    ['a lease', { web: { host: '192.0.2.1' } }, '7'],
    ['an alias', { web: { host: 'a.example.org' } }],
    ['no data', { web: {} }],
  ])('are left to others where it has %s', (_what, content, lease) => {
    expect(addressRrsets(nodeOf(zones(content, lease), 'web'), mode)).toBeUndefined();
  });

  it('are left to others at a wildcard, and in mode skydns above other keys', () => {
    expect(addressRrsets(nodeOf(zones({ '*': { host: '192.0.2.1' } }), '*'), mode)).toBeUndefined();
    const above = addressRrsets(nodeOf(zones({ web: { host: '192.0.2.1' }, 'web/a': { host: '192.0.2.2' } }), 'web'), mode);
    expect(above === undefined).toBe(mode === 'skydns');
  });
});
