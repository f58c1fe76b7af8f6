import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  dnsNameFromWire,
  dnsNameLabels,
  dnsNameToWire,
  isSubdomainOf,
  isWildcardDnsName,
  normalizeDnsName,
  parentDnsName,
  tryDnsNameToWire,
  tryNormalizeDnsName,
} from './index.ts';

const label63 = 'a'.repeat(63);
/** 253 characters, 255 octets in wire form: the longest name. */
const longestName = [label63, label63, label63, 'a'.repeat(61)].join('.');

/** Any octets, as labels within the limits of RFC 1035. */
const wireName = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 6 })
  .filter((labels) => labels.reduce((sum, label) => sum + label.length + 1, 1) <= 255)
  .map((labels) => Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]));

describe('normalising a name', () => {
  test.each([
    ['web.example.org', 'web.example.org'],
    ['Web.Example.ORG.', 'web.example.org'],
    ['  web.example.org\t', 'web.example.org'],
    ['*.apps.example.org', '*.apps.example.org'],
    ['_acme-challenge.example.org', '_acme-challenge.example.org'],
    ['_dns._tcp.Example.org', '_dns._tcp.example.org'],
    ['1.2.3.4', '1.2.3.4'],
    ['0x7f.1', '0x7f.1'],
    ['localhost', 'localhost'],
    ['.', '.'],
    ['api.æøå.org', 'api.xn--5cab8c.org'],
    ['API.ÆØÅ.org', 'api.xn--5cab8c.org'],
    ['example.🤩.org', 'example.xn--iq9h.org'],
    ['*.bücher.example', '*.xn--bcher-kva.example'],
    ['faß.de', 'xn--fa-hia.de'],
    ['１.example', '1.example'],
    ['a。b．c｡d', 'a.b.c.d'],
    ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    [String.raw`A\.B.example.org`, String.raw`a\.b.example.org`],
    [String.raw`a\046b.example.org`, String.raw`a\.b.example.org`],
    [String.raw`\065.example.org`, 'a.example.org'],
    [String.raw`host\032name.example.org`, String.raw`host\032name.example.org`],
    ['0/26.2.0.192.in-addr.arpa', '0/26.2.0.192.in-addr.arpa'],
    ['user@example.org', String.raw`user\@example.org`],
    [longestName, longestName],
    [`${longestName}.`, longestName],
  ])('%s becomes %s', (text, normal) => {
    expect(normalizeDnsName(text)).toBe(normal);
  });

  test.each([
    ['', 'the name is empty'],
    ['   ', 'the name is empty'],
    ['..', 'it starts with a dot'],
    ['.example.org', 'it starts with a dot'],
    ['a..b', 'it contains an empty label ("..")'],
    ['a..', 'it contains an empty label ("..")'],
    ['foo bar.example.org', 'label "foo bar" contains a blank'],
    ['foo\u0000.example.org', String.raw`label "foo\u0000" contains a control character`],
    ['℀.example.org', 'label "℀" is not allowed by IDNA'],
    [String.raw`a\300.example.org`, String.raw`"\300" is not an escape: \X or \DDD up to 255`],
    ['a\\', String.raw`"\" is not an escape: \X or \DDD up to 255`],
    [`${label63}a.example.org`, `label "${'a'.repeat(40)}…" is longer than 63 octets`],
    [`${'é'.repeat(60)}.example.org`, `label "xn--9c${'a'.repeat(34)}…" is longer than 63 octets`],
    [`${longestName}a`, 'the name is longer than 255 octets'],
  ])('%s is refused: %s', (text, problem) => {
    const result = tryNormalizeDnsName(text);
    expect(result).toEqual({ ok: false, problem });
    expect(() => normalizeDnsName(text)).toThrow(expect.objectContaining({ code: 'SM_NAME_INVALID' }));
  });

  test('normalising twice changes nothing, for any text that is accepted', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'grapheme', maxLength: 40 }), fc.domain()), (text) => {
        const once = tryNormalizeDnsName(text);
        if (!once.ok) return;
        expect(once.value).toMatch(/^[\x21-\x7e]+$/);
        expect(once.value).toBe(once.value.replaceAll(/(?<!\\)[A-Z]/g, 'never'));
        expect(normalizeDnsName(once.value)).toBe(once.value);
      }),
    );
  });
});

describe('wire form and presentation form', () => {
  test('any octets survive wire → text → wire', () => {
    fc.assert(
      fc.property(wireName, (wire) => {
        const text = dnsNameFromWire(wire);
        expect(text).toMatch(/^[\x21-\x7e]+$/);
        expect(dnsNameToWire(text)).toEqual(wire);
        if (text !== '.') expect(dnsNameToWire(`${text}.`)).toEqual(wire);
      }),
    );
  });

  test.each([
    ['.', [0]],
    ['a', [1, 97, 0]],
    ['A.b', [1, 65, 1, 98, 0]],
    [String.raw`a\.b.c`, [3, 97, 46, 98, 1, 99, 0]],
    [String.raw`\000\255`, [2, 0, 255, 0]],
    [String.raw`\"\;\(\)\@\$\\`, [7, 34, 59, 40, 41, 64, 36, 92, 0]],
  ])('%s is %j', (text, octets) => {
    expect([...dnsNameToWire(text)]).toEqual(octets);
    expect(dnsNameFromWire(Uint8Array.from(octets))).toBe(text);
  });

  test('the longest label and name pass, one octet more does not', () => {
    expect(dnsNameToWire(longestName)).toHaveLength(255);
    expect(tryDnsNameToWire(`${longestName}a`).ok).toBe(false);
    expect(tryDnsNameToWire(`${label63}a`).ok).toBe(false);
    expect(tryDnsNameToWire(`${label63}\\000`).ok).toBe(false);
    expect(dnsNameFromWire(dnsNameToWire(longestName))).toBe(longestName);
  });

  test.each([
    ['nothing', []],
    ['no end', [1, 97]],
    ['a label past the end', [5, 97, 0]],
    ['octets behind the root', [1, 97, 0, 0]],
    ['a compression pointer', [0xc0, 0]],
    ['a label of 64 octets', [64, ...Array<number>(64).fill(97), 0]],
    ['256 octets', [...Array.from({ length: 4 }, () => [62, ...Array<number>(62).fill(97)]).flat(), 2, 97, 97, 0]],
  ])('%s is not a name in wire form', (_what, octets) => {
    expect(() => dnsNameFromWire(Uint8Array.from(octets))).toThrow(expect.objectContaining({ code: 'SM_NAME_INVALID' }));
  });

  test.each([[''], ['a..b'], ['.a'], ['ü'], ['a\u0007b'], ['\\25'], ['\\256']])('%j is not a name in presentation form', (text) => {
    expect(() => dnsNameToWire(text)).toThrow(expect.objectContaining({ code: 'SM_NAME_INVALID' }));
  });
});

describe('parts of a name', () => {
  test.each([
    ['web.example.org', ['web', 'example', 'org'], 'example.org'],
    ['org', ['org'], '.'],
    ['.', [], undefined],
    [String.raw`a\.b.org`, [String.raw`a\.b`, 'org'], 'org'],
    [String.raw`a\\.org`, [String.raw`a\\`, 'org'], 'org'],
    [String.raw`a\.b`, [String.raw`a\.b`], '.'],
  ])('%s has labels %j and parent %s', (name, labels, parent) => {
    expect(dnsNameLabels(name)).toEqual(labels);
    expect(parentDnsName(name)).toBe(parent);
  });

  test.each([
    ['example.org', 'example.org', true],
    ['web.example.org', 'example.org', true],
    ['xexample.org', 'example.org', false],
    ['example.org', 'web.example.org', false],
    ['anything', '.', true],
    ['.', '.', true],
    ['.', 'org', false],
    [String.raw`a\.org`, 'org', false],
    [String.raw`a\\.org`, 'org', true],
  ])('%s below %s: %s', (name, ancestor, expected) => {
    expect(isSubdomainOf(name, ancestor)).toBe(expected);
  });

  test('a name is below each of its parents up to the root', () => {
    fc.assert(
      fc.property(wireName, (wire) => {
        const name = dnsNameFromWire(wire);
        let steps = 0;
        for (let parent = parentDnsName(name); parent !== undefined; parent = parentDnsName(parent)) {
          expect(isSubdomainOf(name, parent)).toBe(true);
          expect(isSubdomainOf(parent, name)).toBe(false);
          steps++;
        }
        expect(steps).toBe(dnsNameLabels(name).length);
      }),
    );
  });

  test.each([
    ['*.example.org', true],
    ['*', true],
    ['a*.example.org', false],
    ['web.*.example.org', false],
    [String.raw`\*.example.org`, false],
  ])('%s is a wildcard: %s', (name, expected) => {
    expect(isWildcardDnsName(name)).toBe(expected);
  });
});
