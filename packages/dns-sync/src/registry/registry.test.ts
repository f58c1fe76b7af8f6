import { readFileSync } from 'node:fs';

import type { RecordType } from '@seamark/common/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { createOwnershipNames, formatOwnershipText, type OwnershipNameOptions, tryParseOwnershipText } from './index.ts';

interface Recorded<I, E> {
  readonly id: string;
  readonly input: I;
  readonly expect: E;
}

interface Fixture {
  readonly toEndpointName: readonly Recorded<OwnershipNameOptions & { txtName: string }, { dnsName: string; recordType: string }>[];
  readonly toTxtName: readonly Recorded<OwnershipNameOptions & { dnsName: string; recordType: RecordType }, { txtName: string }>[];
  readonly roundTripName: readonly Recorded<
    OwnershipNameOptions & { dnsName: string; recordType: RecordType },
    { txtName: string; dnsName: string }
  >[];
  readonly parseLabels: readonly Recorded<{ text: string }, { labels: Record<string, string> | null }>[];
  readonly serializeLabels: readonly Recorded<{ labels: Record<string, string>; withQuotes: boolean }, { text: string }>[];
}

const recorded = JSON.parse(readFileSync(new URL('fixtures/txtregistry.json', import.meta.url), 'utf8')) as Fixture;

describe('recorded ownership names', () => {
  test.each(recorded.toTxtName)('$id: $input.dnsName $input.recordType is owned by $expect.txtName', ({ input, expect: expected }) => {
    expect(createOwnershipNames(input).ownershipNameOf(input.dnsName, input.recordType)).toEqual({ ok: true, value: expected.txtName });
  });

  test.each(recorded.toEndpointName)('$id: $input.txtName owns $expect.dnsName $expect.recordType', ({ input, expect: expected }) => {
    const [first] = createOwnershipNames(input).ownedNamesOf(input.txtName);
    expect({ dnsName: first?.name, recordType: first?.recordType ?? '' }).toEqual(expected);
  });

  test.each(recorded.roundTripName)('$id: $input.dnsName $input.recordType ⇄ $expect.txtName', ({ input, expect: expected }) => {
    const names = createOwnershipNames(input);
    expect(names.ownershipNameOf(input.dnsName, input.recordType)).toEqual({ ok: true, value: expected.txtName });
    expect(names.ownedNamesOf(expected.txtName)[0]).toEqual({ name: expected.dnsName, recordType: input.recordType });
  });
});

describe('ownership names', () => {
  test('a record is always among what its ownership name may own, whatever the affixes', () => {
    const options = fc.constantFrom<OwnershipNameOptions>(
      {},
      { prefix: 'txt-' },
      { prefix: 'txt.' },
      { prefix: '%{record_type}' },
      { prefix: 'Own-%{record_type}-' },
      { suffix: '-txt' },
      { suffix: '.own' },
      { suffix: '-%{record_type}' },
      { suffix: '.x%{record_type}.y' },
      { prefix: 'txt-', wildcardReplacement: 'wild' },
    );
    const label = fc.stringMatching(/^[a-z0-9_-]{1,12}$/);
    const name = fc
      .tuple(fc.oneof(label, fc.constant('*')), fc.array(label, { maxLength: 3 }))
      .map(([first, rest]) => [first, ...rest].join('.'));
    const type = fc.constantFrom<RecordType>('A', 'AAAA', 'CNAME', 'TXT', 'SRV', 'MX', 'PTR', 'NS', 'NAPTR', 'DNAME');
    fc.assert(
      fc.property(options, name, type, (option, dnsName, recordType) => {
        const names = createOwnershipNames(option);
        const ownershipName = names.ownershipNameOf(dnsName, recordType);
        if (!ownershipName.ok) throw new Error(ownershipName.problem);
        expect(names.ownedNamesOf(ownershipName.value)).toContainEqual({ name: dnsName, recordType });
      }),
    );
  });

  test('the old form without type is offered last', () => {
    expect(createOwnershipNames().ownedNamesOf('a-foo.example.org')).toEqual([
      { name: 'foo.example.org', recordType: 'A' },
      { name: 'a-foo.example.org' },
    ]);
    expect(createOwnershipNames({ prefix: 'txt.' }).ownedNamesOf('txt.foo.example.org')).toEqual([{ name: 'foo.example.org' }]);
  });

  test('the replacement of a wildcard may also be a real label', () => {
    expect(createOwnershipNames({ wildcardReplacement: 'wild' }).ownedNamesOf('cname-wild.apps.example.org')).toEqual([
      { name: 'wild.apps.example.org', recordType: 'CNAME' },
      { name: '*.apps.example.org', recordType: 'CNAME' },
      { name: 'cname-wild.apps.example.org' },
    ]);
  });

  test('a name without the affix owns nothing', () => {
    expect(createOwnershipNames({ prefix: 'txt-' }).ownedNamesOf('web.example.org')).toEqual([]);
    expect(createOwnershipNames({ suffix: '-txt' }).ownedNamesOf('web.example.org')).toEqual([]);
    expect(createOwnershipNames({ suffix: '-txt' }).ownedNamesOf('-txt.example.org')).toEqual([]);
    expect(createOwnershipNames({ prefix: 'txt.' }).ownedNamesOf('txt.')).toEqual([]);
  });

  test('upper case in affixes and names does not matter', () => {
    const names = createOwnershipNames({ suffix: 'TxT%{record_type}' });
    expect(names.ownershipNameOf('bar.example.org', 'CNAME')).toEqual({ ok: true, value: 'bartxtcname.example.org' });
    expect(names.ownedNamesOf('BarTxtCname.example.org')[0]).toEqual({ name: 'bar.example.org', recordType: 'CNAME' });
  });

  test('a name whose ownership name is too long is a typed failure', () => {
    const result = createOwnershipNames().ownershipNameOf(`${'a'.repeat(60)}.example.org`, 'CNAME');
    expect(result).toEqual({ ok: false, problem: expect.stringContaining('is longer than 63 octets') as string });
  });

  test('prefix and suffix together are refused', () => {
    expect(() => createOwnershipNames({ prefix: 'a', suffix: 'b' })).toThrow(expect.objectContaining({ code: 'SM_CONFIG_INVALID' }));
  });
});

describe('ownership texts', () => {
  test.each(recorded.parseLabels)('$id: $input.text', ({ input, expect: expected }) => {
    const result = tryParseOwnershipText(input.text);
    expect(result.ok ? result.value : null).toEqual(expected.labels);
  });

  test.each(recorded.serializeLabels)('$id: $expect.text', ({ input, expect: expected }) => {
    expect(formatOwnershipText(input.labels, { quotes: input.withQuotes })).toBe(expected.text);
  });

  test('the text stands in quotes unless asked otherwise', () => {
    expect(formatOwnershipText({ resource: 'service/web/web', owner: 'us' })).toBe(
      '"heritage=external-dns,external-dns/owner=us,external-dns/resource=service/web/web"',
    );
  });

  test('an ordinary TXT is not an ownership record', () => {
    for (const text of ['', 'v=spf1 -all', '"heritage"', 'external-dns/owner=us', 'heritage=mate'])
      expect(tryParseOwnershipText(text).ok).toBe(false);
  });

  test('what is written is read back', () => {
    const part = fc.stringMatching(/^[^,"=]{1,20}$/);
    const value = fc.stringMatching(/^[^,"]{0,20}$/);
    fc.assert(
      fc.property(fc.dictionary(part, value, { noNullPrototype: true }), fc.boolean(), (labels, quotes) => {
        expect(tryParseOwnershipText(formatOwnershipText(labels, { quotes }))).toEqual({ ok: true, value: labels });
      }),
    );
  });

  test.each([['a,b'], ['a"b']])('an owner such as %s is refused, because it could not be read back', (owner) => {
    expect(() => formatOwnershipText({ owner })).toThrow(expect.objectContaining({ code: 'SM_CONFIG_INVALID' }));
  });
});
