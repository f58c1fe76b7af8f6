import { describe, expect, it } from 'vitest';

import { ask, indexOf, keyValue } from '../../testing/ask.ts';

/** Values to try; `npm run fuzz` asks for more. */
const count = Number(process.env['SEAMARK_FUZZ_VALUES'] ?? 10_000);
const seed = Number(process.env['SEAMARK_FUZZ_SEED'] ?? 1);

const values = [
  '{"host":"192.0.2.1","port":80,"priority":1,"weight":5,"ttl":60,"targetstrip":1,"group":"g","mail":true}',
  '{"host":"web.example.org","text":"\\"heritage=external-dns\\"","targetstrip":1}',
  '{"records":["CAA 0 issue \\"ca.example\\"","NS ns.example.net","DNAME x.example.org","HTTPS 1 . alpn=h2","60 A 192.0.2.9"]}',
  '{"text":"plain"}',
];
const keys = [
  'org/example/web/5f0c3a91',
  'org/example/*/x',
  'org/example',
  'org/example/a/b/c',
  'org/example/dns/ns/a',
  'org/example/dns/apex/a',
];
const words = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '\\',
  '\\u0000',
  '-1',
  '1e9',
  '4294967296',
  'null',
  'true',
  '*',
  '/',
  '..',
  '\u00e9',
  '\ud83e',
  '\0',
  'a'.repeat(300),
];

describe('hostile content of the store', () => {
  it.each(['skydns', 'strict'] as const)('never throws, and never touches a good neighbour, in mode %s', (mode) => {
    let state = seed >>> 0;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const mutate = (text: string): string => {
      let mutated = text;
      for (let changes = random(4); changes > 0; changes--) {
        const at = random(mutated.length + 1);
        mutated = mutated.slice(0, at) + (words[random(words.length)] as string) + mutated.slice(at + random(3));
      }
      return mutated;
    };
    const good = keyValue('net/example/good', { host: '192.0.2.200' });
    const zones = indexOf({}, { mode, zones: ['example.org', 'example.net'] });
    zones.reset([good], 1);
    const written: string[] = [];
    for (let run = 0; run < count; run++) {
      const key = mutate(keys[random(keys.length)] as string);
      const entry = { ...keyValue(key, mutate(values[random(values.length)] as string)), lease: random(9) === 0 ? '7' : '0' };
      written.push(entry.key);
      zones.apply({ revision: run + 2, events: [{ type: 'put', entry }] });
      const gone = random(3) === 0 ? written.splice(random(written.length), 1)[0] : undefined;
      if (gone !== undefined && gone !== good.key)
        zones.apply({ revision: run + 2, events: [{ type: 'delete', key: gone, modRevision: run + 2 }] });
      if (run % 50 > 0) continue;
      for (const question of [
        'example.org A',
        'web.example.org SRV',
        'x.web.example.org TXT',
        'web.*.example.org A',
        'example.org NS',
        'example.org CAA',
      ])
        ask(zones, question);
      expect(ask(zones, 'good.example.net A').answer).toEqual(['good.example.net. 300 IN A 192.0.2.200']);
    }
    for (const key of new Set(written)) zones.apply({ revision: count + 2, events: [{ type: 'delete', key, modRevision: count + 2 }] });
    expect(zones.stats()).toMatchObject({ keys: 1, problems: 0 });
    expect(ask(zones, 'web.example.org A').rcode).toBe('NXDOMAIN');
  });
});
