import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '@seamark/testkit';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { readSkydnsRecord } from '../zone/skydns/skydns-record.ts';
import { decodeSnapshot, readSnapshot, type Snapshot } from './read-snapshot.ts';
import { valueOfRecord } from './record-value.ts';
import type { SnapshotEntry, SnapshotHeader } from './snapshot-format.ts';
import { writeSnapshot } from './write-snapshot.ts';

const folder = temporaryFolder('snapshot');
afterAll(() => folder[Symbol.dispose]());
const file = join(folder.path, 'zones.snapshot');
const wanted = { prefix: '/skydns/', zones: ['example.org.'] };

const write = async (entries: readonly SnapshotEntry[], header: Partial<SnapshotHeader> = {}): Promise<void> =>
  writeSnapshot(
    file,
    {
      prefix: '/skydns/',
      zones: ['example.org.'],
      revision: 7,
      asOf: 9,
      marks: [],
      entries: entries.length,
      writtenAtMs: 1,
      source: 'etcd at somewhere',
      ...header,
    },
    entries,
  );
const entry = (key: string, value: string, lease = '0'): SnapshotEntry => ({ key: `/skydns/${key}`, value: Buffer.from(value), lease });

const octets = (length: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array).toString('latin1'));

function entriesOf(snapshot: Snapshot | undefined, most?: number): SnapshotEntry[] {
  const entries: SnapshotEntry[] = [];
  const visitor = {
    address: (key: string, kind: 1 | 2, host: string, ttlSeconds: number) => void entries.push({ key, kind, host, ttlSeconds }),
    value: (key: string, value: Uint8Array, lease: string) => void entries.push({ key, value: Buffer.from(value), lease }),
  };
  while (snapshot?.entries.visit(visitor, most) === false);
  return entries;
}

describe('a snapshot', () => {
  const key = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 300 }));
  const stored: fc.Arbitrary<SnapshotEntry> = fc.oneof(
    fc.record({
      key,
      value: fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
      lease: fc.constantFrom('0', '7587870923451234567'),
    }),
    fc.record({ key, kind: fc.constant(1 as const), host: octets(4), ttlSeconds: fc.nat(0x7fff_ffff) }),
    fc.record({ key, kind: fc.constant(2 as const), host: octets(16), ttlSeconds: fc.nat(0x7fff_ffff) }),
  );

  it('is read as it was written, at once or in parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stored, { maxLength: 50 }), fc.integer({ min: 1, max: 60 }), async (entries, most) => {
        await write(entries);
        const read = await readSnapshot(file, wanted);
        expect(read?.header).toMatchObject({ revision: 7, asOf: 9, entries: entries.length });
        expect(read?.entries.count).toBe(entries.length);
        expect(entriesOf(read, most)).toEqual(entries);
      }),
      { numRuns: 50 },
    );
  });

  it('may be larger than a block, in all and in one value', async () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => entry(`org/example/h${index}`, JSON.stringify({ host: '192.0.2.1' })));
    const all = [...entries, entry('org/example/large', 'x'.repeat(1_000_000)), entry('org/example/last', '{}')];
    await write(all);
    expect(entriesOf(await readSnapshot(file, wanted))).toEqual(all);
  });

  it('that is not there is nothing', async () => {
    expect(await readSnapshot(join(folder.path, 'none'), wanted)).toBeUndefined();
  });

  it.each<[string, Partial<SnapshotHeader>, string]>([
    ['of another prefix', { prefix: '/other/' }, 'holds the keys below /other/, not those below /skydns/'],
    ['of another zone', { zones: ['example.net.'] }, 'does not hold the zone example.org., only example.net.'],
    ['that lacks entries', { entries: 3 }, 'has 1 entries and says 3'],
  ])('%s is refused', async (_what, header, problem) => {
    await write([entry('org/example/a', '{}')], header);
    await expect(readSnapshot(file, wanted)).rejects.toMatchObject({
      code: 'SM_SNAPSHOT_UNUSABLE',
      message: expect.stringContaining(problem),
    });
  });

  it('of another version of the layout is refused', async () => {
    await write([]);
    const octets = readFileSync(file);
    octets[8] = 9;
    writeFileSync(file, octets);
    await expect(readSnapshot(file, wanted)).rejects.toThrow('has the layout version 9, and this program reads 2');
  });

  it('with any octet changed, or any part cut off, is refused', async () => {
    await write([
      entry('org/example/a', '{"host":"192.0.2.1"}'),
      entry('org/example/b', '{"text":"b"}', '42'),
      { key: '/skydns/org/example/c', kind: 1, host: '\xc0\x00\x02\x01', ttlSeconds: 5 },
    ]);
    const octets = readFileSync(file);
    for (let at = 0; at < octets.length; at++) {
      const damaged = Buffer.from(octets);
      damaged[at] = (damaged[at] as number) ^ 0x20;
      expect(() => decodeSnapshot(damaged, wanted), `octet ${at}`).toThrow();
      expect(() => decodeSnapshot(octets.subarray(0, at), wanted), `length ${at}`).toThrow();
    }
  });
});

describe('the value that a snapshot keeps of a record', () => {
  it.each([
    { host: '192.0.2.1', ttl: 60, targetstrip: 1 },
    { host: '2001:db8::1', port: -1, priority: 20, weight: 7, group: 'g' },
    { host: 'Mail.example.ORG.', mail: true, text: '"quoted" \u2028 ü' },
    { text: 'y'.repeat(600) },
    { host: 'a.example.org', records: ['300 CAA 0 issue "ca.example"', 'HTTPS 1 . alpn=h2,h3', 'TYPE65280 \\# 2 abcd'] },
    {},
  ])('gives the same record again: %j', (value) => {
    const read = (octets: Uint8Array) => readSkydnsRecord('/skydns/org/example/a', '/skydns/org/example/a', octets, '0').record;
    const first = read(Buffer.from(JSON.stringify(value)));
    expect(read(valueOfRecord(first))).toEqual(first);
  });
});
