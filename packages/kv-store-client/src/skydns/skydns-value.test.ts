import { parseAddress } from '@seamark/common/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { classifySkydnsValue, encodeSkydnsValue, type SkydnsValue, tryDecodeSkydnsEntry, tryDecodeSkydnsValue } from './index.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array): string => new TextDecoder().decode(value);

describe('reading a value', () => {
  test.each<[string, SkydnsValue]>([
    ['{"host":"1.2.3.4","ttl":60,"targetstrip":1}', { host: '1.2.3.4', ttl: 60, targetstrip: 1 }],
    ['{"HOST":"1.2.3.4","TargetStrip":1,"tTL":5}', { host: '1.2.3.4', ttl: 5, targetstrip: 1 }],
    ['{"host":"a","unknown":{"x":[1.5]},"key":"/x"}', { host: 'a' }],
    ['{"host":"","port":0,"mail":false,"text":""}', {}],
    ['{"host":null,"ttl":null}', {}],
    ['null', {}],
    ['{}', {}],
    [' {"text":"a:-1.5"}\n', { text: 'a:-1.5' }],
    ['{"port":-1,"mail":true}', { port: -1, mail: true }],
    ['{"ttl":4294967295,"weight":100000}', { ttl: 4294967295, weight: 100000 }],
    ['{"host":"a","Host":"b"}', { host: 'b' }],
    [
      '{"host":"a","owner":"us","resource":"service/web/web","group":"g"}',
      { host: 'a', owner: 'us', resource: 'service/web/web', group: 'g' },
    ],
    ['{"__proto__":{"host":"x"},"constructor":1}', {}],
    [String.raw`{"text":"\"heritage=external-dns,external-dns/owner=us\""}`, { text: '"heritage=external-dns,external-dns/owner=us"' }],
  ])('%s', (json, expected) => {
    expect(tryDecodeSkydnsValue(bytes(json))).toEqual({ ok: true, value: expected });
  });

  test.each([
    ['[]', 'the value is not a JSON object'],
    ['"1.2.3.4"', 'the value is not a JSON object'],
    ['5', 'the value is not a JSON object'],
    ['{"host":5}', 'field host is a number, not a string'],
    ['{"host":1.5}', 'field host is a number, not a string'],
    ['{"Host":["a"]}', 'field host is an array, not a string'],
    ['{"mail":"true"}', 'field mail is a string, not a boolean'],
    ['{"port":"80"}', 'field port is a string, not a number'],
    ['{"port":{}}', 'field port is an object, not a number'],
    ['{"port":80.5}', 'field port is 80.5, not a whole number'],
    ['{"ttl": 60.0}', 'field ttl is 60.0, not a whole number'],
    ['{"ttl":6e1}', 'field ttl is 6e1, not a whole number'],
    ['{"ttl":-1}', 'field ttl is -1, below 0'],
    ['{"ttl":4294967296}', 'field ttl is 4294967296, above 4294967295'],
    ['{"targetstrip":-1}', 'field targetstrip is -1, below 0'],
    ['{"port":-2}', 'field port is -2, below -1'],
    ['{"priority":99999999999999999999}', 'field priority is 100000000000000000000, above 9007199254740991'],
  ])('%s is refused: %s', (json, problem) => {
    expect(tryDecodeSkydnsValue(bytes(json))).toEqual({ ok: false, problem });
  });

  test.each([[''], ['not json'], ['{"host":"a"} x'], ['{"host":"a",}'], ['{host:"a"}'], ['{"port":01}'], ['\uFEFF{}']])(
    '%j is not JSON',
    (json) => {
      const result = tryDecodeSkydnsValue(bytes(json));
      expect(result).toEqual({ ok: false, problem: expect.stringMatching(/^the value is not JSON: ./) as string });
    },
  );

  test('arbitrary bytes never throw', () => {
    fc.assert(fc.property(fc.uint8Array(), (value) => void tryDecodeSkydnsValue(value)));
    fc.assert(fc.property(fc.json(), (json) => void tryDecodeSkydnsEntry('/skydns/', '/skydns/org/a', bytes(json))));
  });
});

describe('writing a value', () => {
  test('fields stand in ExternalDNS’s order and zero ones are left out', () => {
    const value: SkydnsValue = {
      owner: 'us',
      group: 'g',
      targetstrip: 1,
      ttl: 60,
      mail: true,
      text: 't',
      weight: 5,
      priority: 4,
      port: 3,
      host: 'h',
      resource: 'r',
    };
    expect(text(encodeSkydnsValue(value))).toBe(
      '{"host":"h","port":3,"priority":4,"weight":5,"text":"t","mail":true,"ttl":60,"targetstrip":1,"group":"g","owner":"us","resource":"r"}',
    );
    expect(text(encodeSkydnsValue({ host: '', port: 0, mail: false, text: 'x' }))).toBe('{"text":"x"}');
  });

  test('characters are escaped as Go’s json.Marshal escapes them', () => {
    expect(text(encodeSkydnsValue({ text: '<a href="x">&\u2028\u2029ü\u0001\ud800' }))).toBe(
      String.raw`{"text":"\u003ca href=\"x\"\u003e\u0026\u2028\u2029ü\u0001` + '\ufffd"}',
    );
  });

  test('what is written is read back', () => {
    const string = fc.string({ unit: 'binary', minLength: 1 });
    const value = fc.record(
      {
        host: string,
        text: string,
        group: string,
        owner: string,
        resource: string,
        mail: fc.constant(true),
        port: fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: 65535 })),
        priority: fc.integer({ min: 1 }),
        weight: fc.integer({ min: 1 }),
        ttl: fc.integer({ min: 1, max: 0xffff_ffff }),
        targetstrip: fc.integer({ min: 1, max: 127 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, (original) => {
        expect(tryDecodeSkydnsValue(encodeSkydnsValue(original))).toEqual({ ok: true, value: original });
      }),
    );
  });
});

describe('what a value says', () => {
  const name = 'web.example.org';

  test('address and ownership text in one value are both there', () => {
    expect(classifySkydnsValue({ host: '192.0.2.1', text: '"heritage=external-dns"' }, name)).toEqual({
      records: [
        { type: 'A', address: parseAddress('192.0.2.1') },
        { type: 'TXT', text: '"heritage=external-dns"' },
      ],
    });
  });

  test('alias and text in one value are both there', () => {
    expect(classifySkydnsValue({ host: 'LB.example.net.', text: 't' }, name)).toEqual({
      records: [
        { type: 'CNAME', target: 'lb.example.net' },
        { type: 'TXT', text: 't' },
      ],
    });
  });

  test('a name host in a reverse tree is a PTR', () => {
    expect(classifySkydnsValue({ host: 'web.example.org' }, '1.2.0.192.in-addr.arpa')).toEqual({
      records: [{ type: 'PTR', target: 'web.example.org' }],
    });
  });

  test('an IPv4-mapped host stays IPv6 for its reader to decide', () => {
    expect(classifySkydnsValue({ host: '::ffff:10.0.0.9' }, name)).toEqual({
      records: [{ type: 'AAAA', address: parseAddress('::ffff:10.0.0.9') }],
    });
  });

  test.each([
    ['a b', 'host "a b" is neither an IP address nor a name: label "a b" contains a blank'],
    ['2001:db8::g', 'host "2001:db8::g" is not an IP address: it contains "g"'],
    ['fe80::1%eth0', 'host "fe80::1%eth0" is not an IP address: a zone (%…) is not allowed here'],
  ])('host "%s" makes no record, and the text beside it does', (host, problem) => {
    expect(classifySkydnsValue({ host, text: 't' }, name)).toEqual({ records: [{ type: 'TXT', text: 't' }], problem });
  });

  test('an entry knows both the name of its key and the name that it was written for', () => {
    const entry = tryDecodeSkydnsEntry('/skydns/', '/skydns/org/example/web/5f0c3a91', bytes('{"host":"192.0.2.1","targetstrip":1}'));
    expect(entry).toEqual({
      ok: true,
      value: {
        key: '/skydns/org/example/web/5f0c3a91',
        keyName: '5f0c3a91.web.example.org',
        name,
        value: { host: '192.0.2.1', targetstrip: 1 },
        records: [{ type: 'A', address: parseAddress('192.0.2.1') }],
      },
    });
  });

  test.each([
    ['/skydns/org', '{"targetstrip":9}', 'targetstrip is 9, but the key has only 1 labels'],
    ['/other/org', '{}', 'the key is not below /skydns/'],
    ['/skydns/org', '{"ttl":"x"}', 'field ttl is a string, not a number'],
  ])('%s %s fails alone: %s', (key, value, problem) => {
    expect(tryDecodeSkydnsEntry('/skydns/', key, bytes(value))).toEqual({ ok: false, problem });
  });
});
