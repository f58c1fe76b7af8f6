import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hostKinds } from './host.ts';
import { readPlainAddress } from './plain-address.ts';
import { noUncommonFields, readSkydnsRecord } from './skydns-record.ts';

const key = '/skydns/org/example/a';

describe('a value with an IPv4 address', () => {
  it.each([
    '{"host":"192.0.2.1"}',
    '{"host":"192.0.2.1","ttl":60}',
    '{"host":"0.0.0.0","ttl":0}',
    '{"host":"255.255.255.255","ttl":4294967295}',
  ])('is read at once: %s', (text) => {
    const { record, problem } = readSkydnsRecord(key, key, Buffer.from(text), '0');
    expect(problem).toBeUndefined();
    expect(readPlainAddress(Buffer.from(text))).toEqual({ host: record.host, ttlSeconds: record.ttlSeconds });
  });

  it('and whatever is read at once is read so by the general reader', () => {
    const part = fc.constantFrom(
      '{',
      '"host"',
      ':',
      '"',
      '192',
      '.',
      '0',
      '2',
      '1',
      '256',
      '01',
      ',',
      '"ttl"',
      '60',
      '4294967296',
      '-1',
      '1.5',
      '}',
      ' ',
    );
    const almost = fc.tuple(
      fc.constantFrom('{"host":"192.0.2.1"}', '{"host":"192.0.2.1","ttl":60}', '{"host":"10.0.0.7","ttl":300}'),
      fc.nat(30),
      part,
    );
    const text = fc.oneof(
      fc.array(part, { maxLength: 14 }).map((parts) => parts.join('')),
      almost.map(([base, at, inserted]) => base.slice(0, at) + inserted + base.slice(at)),
      almost.map(([base, at, inserted]) => base.slice(0, at) + inserted + base.slice(at + inserted.length)),
    );
    fc.assert(
      fc.property(text, (value) => {
        const plain = readPlainAddress(Buffer.from(value));
        if (plain === undefined) return;
        const { record, problem } = readSkydnsRecord(key, key, Buffer.from(value), '0');
        expect(problem).toBeUndefined();
        expect(record).toMatchObject({ ...plain, hostKind: hostKinds.ipv4, targetstrip: 0, more: noUncommonFields });
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    '{"host":"192.0.2.256"}',
    '{"host":"192.0.02.1"}',
    '{"host":"192.0.2"}',
    '{"host":"192.0.2.1","ttl":4294967296}',
    '{"host":"192.0.2.1"} ',
    '',
    '{"host":"192.0.2.1","ttl":}',
  ])('and others are not: %s', (text) => {
    expect(readPlainAddress(Buffer.from(text))).toBeUndefined();
  });
});
