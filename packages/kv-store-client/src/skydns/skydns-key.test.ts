import { dnsNameFromWire, dnsNameLabels } from '@seamark/common/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { normalizeSkydnsPrefix, skydnsKeyOf, skydnsLeaf, skydnsPlaceOf, skydnsSubtreeOf, stripLabels, tryParseSkydnsKey } from './index.ts';

const prefix = fc.constantFrom('/', '/skydns/', '/a/b/', '/dns/prod/eu/');
/** Any octets but upper-case letters, which normal names do not have. */
const label = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((octets) => octets.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet)));
const name = fc
  .array(label, { maxLength: 8 })
  .map((labels) => dnsNameFromWire(Uint8Array.from([...labels.flatMap((octets) => [octets.length, ...octets]), 0])));

describe('prefixes', () => {
  test.each([
    ['skydns', '/skydns/'],
    ['/skydns', '/skydns/'],
    ['/skydns/', '/skydns/'],
    ['dns/prod', '/dns/prod/'],
    ['//dns//./prod//', '/dns/prod/'],
    ['', '/'],
    ['/', '/'],
  ])('"%s" is %s', (text, expected) => {
    expect(normalizeSkydnsPrefix(text)).toBe(expected);
  });
});

describe('names and keys', () => {
  test.each([
    ['/skydns/', 'web.example.org', '/skydns/org/example/web'],
    ['/skydns/', '*.apps.example.org', '/skydns/org/example/apps/*'],
    ['/a/b/', 'web.example.org', '/a/b/org/example/web'],
    ['/', 'org', '/org'],
    ['/skydns/', '.', '/skydns/'],
    ['/skydns/', '0/26.2.0.192.in-addr.arpa', String.raw`/skydns/arpa/in-addr/192/0/2/0\047` + '26'],
    ['/skydns/', String.raw`a\.b.org`, String.raw`/skydns/org/a\.b`],
  ])('below %s, %s is at %s', (at, dnsName, key) => {
    expect(skydnsKeyOf(at, dnsName)).toBe(key);
    expect(tryParseSkydnsKey(at, key)).toEqual({ ok: true, value: dnsName });
  });

  test('every name is found again by its key, and never shares it with another', () => {
    fc.assert(
      fc.property(prefix, name, name, (at, one, other) => {
        expect(tryParseSkydnsKey(at, skydnsKeyOf(at, one))).toEqual({ ok: true, value: one });
        if (one !== other) expect(skydnsKeyOf(at, one)).not.toBe(skydnsKeyOf(at, other));
      }),
    );
  });

  test('a leaf is one more label on the left, and targetstrip takes it off', () => {
    fc.assert(
      fc.property(prefix, name, (at, owner) => {
        const key = skydnsKeyOf(at, owner, '5f0c3a91');
        const keyName = tryParseSkydnsKey(at, key);
        expect(keyName).toEqual({ ok: true, value: owner === '.' ? '5f0c3a91' : `5f0c3a91.${owner}` });
        expect(keyName.ok && stripLabels(keyName.value, 1)).toEqual({ ok: true, value: owner });
        expect(key.startsWith(skydnsSubtreeOf(at, owner))).toBe(true);
      }),
    );
  });

  test('the subtree of a name does not contain its neighbours', () => {
    expect(skydnsKeyOf('/skydns/', 'foobar.org', '1').startsWith(skydnsSubtreeOf('/skydns/', 'foo.org'))).toBe(false);
    expect(skydnsSubtreeOf('/skydns/', '.')).toBe('/skydns/');
  });

  test.each([
    ['/skydns/ORG/Example/Web', 'web.example.org'],
    ['/skydns/org/example/web/', 'web.example.org'],
    ['/skydns/org/example/10.0.0.1', String.raw`10\.0\.0\.1.example.org`],
    ['/skydns/org/bücher', 'xn--bcher-kva.org'],
    ['/skydns/', '.'],
  ])('the hand-written key %s is %s', (key, expected) => {
    expect(tryParseSkydnsKey('/skydns/', key)).toEqual({ ok: true, value: expected });
  });

  test.each([
    ['/other/org/example', 'the key is not below /skydns/'],
    ['/skydnsx/org', 'the key is not below /skydns/'],
    ['/skydns/org//example', 'the key has an empty segment ("//")'],
    ['/skydns//', 'the key has an empty segment ("//")'],
    [`/skydns/org/${'a'.repeat(64)}`, `label "${'a'.repeat(40)}…" is longer than 63 octets`],
    ['/skydns/org/a b', 'label "a b" contains a blank'],
    ['/skydns/org/a\\', 'segment "a\\" ends in the middle of an escape'],
  ])('%s is no name', (key, problem) => {
    expect(tryParseSkydnsKey('/skydns/', key)).toEqual({ ok: false, problem });
  });

  test('targetstrip above the number of labels is a typed failure', () => {
    expect(stripLabels('a.org', 3)).toEqual({ ok: false, problem: 'targetstrip is 3, but the key has only 2 labels' });
    expect(stripLabels('a.org', 2)).toEqual({ ok: true, value: '.' });
    expect(dnsNameLabels('.')).toEqual([]);
  });
});

describe('leaves', () => {
  test('a leaf is 8 hex digits, the same each time, and differs by owner, type, target and attempt', () => {
    const leaves = [
      skydnsLeaf('us', 'A', '192.0.2.1'),
      skydnsLeaf('them', 'A', '192.0.2.1'),
      skydnsLeaf('us', 'TXT', '192.0.2.1'),
      skydnsLeaf('us', 'A', '192.0.2.2'),
      skydnsLeaf('us', 'A', '192.0.2.1', 1),
    ];
    for (const leaf of leaves) expect(leaf).toMatch(/^[0-9a-f]{8}$/);
    expect(new Set(leaves).size).toBe(leaves.length);
    expect(skydnsLeaf('us', 'A', '192.0.2.1')).toBe(leaves[0]);
    // Written keys outlive the program: this value must never change.
    expect(leaves[0]).toBe('77a9856e');
  });

  test.each([
    ['A', 'web.org', 1],
    ['TXT', 'web.org', 1],
    ['PTR', '1.2.0.192.in-addr.arpa', 0],
    ['TXT', 'ptr-1.2.0.192.in-addr.arpa', 0],
    ['CNAME', '1.2.0.192.in-addr.arpa', 1],
  ] as const)('%s of %s strips %i labels', (type, dnsName, targetstrip) => {
    const place = skydnsPlaceOf({ prefix: '/skydns/', name: dnsName, type, target: 't', owner: 'us' });
    expect(place.targetstrip).toBe(targetstrip);
    const keyName = tryParseSkydnsKey('/skydns/', place.key);
    expect(keyName.ok && stripLabels(keyName.value, place.targetstrip)).toEqual({ ok: true, value: dnsName });
  });
});
