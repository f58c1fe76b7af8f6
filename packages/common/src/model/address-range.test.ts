import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  type AddressRange,
  addressRange,
  addToAddress,
  createAddressSequence,
  formatAddress,
  formatAddressRange,
  formatPrefix,
  ipv4FromNumber,
  ipv6FromBigInt,
  parseAddress,
  parseAddressRange,
  parsePrefix,
  prefixContains,
  prefixOf,
  prefixToRange,
  rangeContains,
  rangeSize,
  rangesOverlap,
  rangeToPrefixes,
  tryParseAddressRange,
  tryParsePrefix,
} from './index.ts';

interface RecordedRange {
  readonly input: string;
  readonly accepted: boolean;
  readonly family?: string;
  readonly count?: string;
  readonly first?: string;
  readonly last?: string;
  readonly cidrs?: readonly string[];
  readonly avoidBuggy?: { readonly count: number; readonly first: string | null; readonly last: string | null };
  readonly deviationAllowed?: 'reject';
}

const recorded = JSON.parse(readFileSync(new URL('fixtures/ipranges.json', import.meta.url), 'utf8')) as {
  readonly ranges: readonly RecordedRange[];
  readonly overlap: readonly { readonly a: string; readonly b: string; readonly overlap: boolean }[];
};
const accepted = recorded.ranges.filter((range) => range.accepted && range.deviationAllowed === undefined);
const refused = recorded.ranges.filter((range) => !range.accepted || range.deviationAllowed === 'reject');

const ipv4Range = fc
  .tuple(fc.nat({ max: 0xffff_ffff }), fc.nat({ max: 0xffff_ffff }))
  .map(([a, b]) => addressRange(ipv4FromNumber(Math.min(a, b)), ipv4FromNumber(Math.max(a, b))));
const ipv6Range = fc
  .tuple(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }))
  .map(([a, b]) => addressRange(ipv6FromBigInt(a < b ? a : b), ipv6FromBigInt(a < b ? b : a)));
const smallRange = fc
  .tuple(fc.nat({ max: 0xffff_ffff - 2000 }), fc.nat({ max: 2000 }))
  .map(([first, length]) => addressRange(ipv4FromNumber(first), ipv4FromNumber(first + length)));
const anyRange = fc.oneof(ipv4Range, ipv6Range, smallRange);

describe('recorded address strings', () => {
  test.each(accepted)('"$input" covers $count addresses', (record) => {
    const range = parseAddressRange(record.input);
    expect({
      family: range.family.toLowerCase(),
      count: String(rangeSize(range)),
      first: formatAddress(range.first),
      last: formatAddress(range.last),
      cidrs: rangeToPrefixes(range).map(formatPrefix),
    }).toEqual({ family: record.family, count: record.count, first: record.first, last: record.last, cidrs: record.cidrs });
    if (record.avoidBuggy === undefined) return;
    const usable = createAddressSequence(range, { avoidBuggyIPs: true });
    const first = usable.at(0);
    const last = usable.size === 0n ? undefined : usable.at(Number(usable.size) - 1);
    expect({
      count: Number(usable.size),
      first: first === undefined ? null : formatAddress(first),
      last: last === undefined ? null : formatAddress(last),
    }).toEqual(record.avoidBuggy);
  });

  test.each(refused)('"$input" is refused', ({ input }) => {
    const result = tryParseAddressRange(input);
    expect(result.ok).toBe(false);
    expect(() => parseAddressRange(input)).toThrow(expect.objectContaining({ code: 'SM_ADDRESS_INVALID' }));
  });

  test.each(recorded.overlap)('$a and $b overlap: $overlap', ({ a, b, overlap }) => {
    expect(rangesOverlap(parseAddressRange(a), parseAddressRange(b))).toBe(overlap);
    expect(rangesOverlap(parseAddressRange(b), parseAddressRange(a))).toBe(overlap);
  });
});

describe('why a text is no range', () => {
  test.each([
    ['10.0.0.1-2001:db8::1', 'it starts with IPv4 and ends with IPv6: both ends must be of one family'],
    ['::1-10.0.0.1', 'it starts with IPv6 and ends with IPv4: both ends must be of one family'],
    ['10.0.0.9-10.0.0.1', 'it starts at 10.0.0.9, after its end 10.0.0.1'],
    ['2001:db8::1', 'it has no prefix length: write 2001:db8::1/128 for this one address'],
    ['192.0.2.1', 'it has no prefix length: write 192.0.2.1/32 for this one address'],
    ['', 'it is empty'],
    ['1.2.3.0/255.255.255.0', '"255.255.255.0" behind the slash is not a prefix length'],
    ['1.2.3.0/33', 'prefix length 33 is above 32'],
    ['10.0.0.1-10', 'end of range: it has neither the dots of IPv4 nor the colons of IPv6'],
    ['10.0.0.1–10.0.0.5', 'it contains a dash that is not the hyphen "-"'],
    [' 10.0.0.0/8', 'before the slash: it contains a blank'],
  ])('"%s": %s', (text, problem) => {
    expect(tryParseAddressRange(text)).toEqual({ ok: false, problem });
  });
});

describe('IPv4-mapped text is IPv4, as for Go’s net package', () => {
  test.each([
    ['::ffff:10.0.0.1-::ffff:10.0.0.9', '10.0.0.1-10.0.0.9'],
    ['::ffff:10.0.0.1-10.0.0.9', '10.0.0.1-10.0.0.9'],
    ['::ffff:10.0.0.77/120', '10.0.0.0/24'],
    ['::ffff:10.0.0.77/64', '::/64'],
  ])('%s is %s', (text, canonical) => {
    expect(formatAddressRange(parseAddressRange(text))).toBe(canonical);
  });
});

describe('prefixes', () => {
  test('host bits are cut at every length', () => {
    expect(formatPrefix(parsePrefix('255.255.255.255/1'))).toBe('128.0.0.0/1');
    expect(formatPrefix(parsePrefix('255.255.255.255/0'))).toBe('0.0.0.0/0');
    expect(formatPrefix(parsePrefix('ffff::ffff/0'))).toBe('::/0');
  });

  test('a prefix contains exactly the addresses of its range', () => {
    const arbitraryPrefix = fc.oneof(
      fc.tuple(fc.nat({ max: 0xffff_ffff }), fc.nat({ max: 32 })).map(([value, bits]) => prefixOf(ipv4FromNumber(value), bits)),
      fc
        .tuple(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), fc.nat({ max: 128 }))
        .map(([value, bits]) => prefixOf(ipv6FromBigInt(value), bits)),
    );
    fc.assert(
      fc.property(arbitraryPrefix, (prefix) => {
        const range = prefixToRange(prefix);
        const before = addToAddress(range.first, -1);
        const behind = addToAddress(range.last, 1);
        expect([prefixContains(prefix, range.first), prefixContains(prefix, range.last)]).toEqual([true, true]);
        expect(before !== undefined && prefixContains(prefix, before)).toBe(false);
        expect(behind !== undefined && prefixContains(prefix, behind)).toBe(false);
        expect(rangeToPrefixes(range)).toEqual([prefix]);
        expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix);
      }),
    );
  });

  test('a prefix contains no address of the other family', () => {
    expect(prefixContains(parsePrefix('0.0.0.0/0'), parseAddress('::1'))).toBe(false);
    expect(prefixContains(parsePrefix('::/0'), parseAddress('0.0.0.1'))).toBe(false);
  });

  test('lengths that do not fit are refused', () => {
    expect(() => prefixOf(parseAddress('10.0.0.0'), 33)).toThrow(expect.objectContaining({ code: 'SM_ADDRESS_INVALID' }));
    expect(() => parsePrefix('10.0.0.0/33')).toThrow('"10.0.0.0/33" is not a CIDR prefix: prefix length 33 is above 32');
    expect(tryParsePrefix('10.0.0.0/').ok).toBe(false);
  });
});

describe('ranges', () => {
  test('the cover by prefixes is exact, ascending, without overlap, and minimal', () => {
    fc.assert(
      fc.property(anyRange, (range) => {
        const prefixes = rangeToPrefixes(range);
        let next: AddressRange['first'] | undefined = range.first;
        for (const prefix of prefixes) {
          const part = prefixToRange(prefix);
          expect(part.first).toBe(next);
          next = addToAddress(part.last, 1);
        }
        expect(next).toBe(addToAddress(range.last, 1));
        // Minimal: no two neighbours are the two halves of a larger prefix.
        for (const [at, prefix] of prefixes.entries()) {
          const neighbour = prefixes[at + 1];
          if (neighbour?.bits !== prefix.bits) continue;
          expect(prefixOf(neighbour.address, prefix.bits - 1).address).not.toBe(prefix.address);
        }
      }),
    );
  });

  test('text is read back, and contains and overlaps agree with the definition', () => {
    fc.assert(
      fc.property(anyRange, anyRange, (a, b) => {
        expect(parseAddressRange(formatAddressRange(a))).toEqual(a);
        expect(rangesOverlap(a, b)).toBe(rangeContains(a, b.first) || rangeContains(b, a.first));
        expect(rangeSize(a)).toBe(BigInt(a.last) - BigInt(a.first) + 1n);
      }),
    );
  });

  test('ends of two families make no range', () => {
    expect(() => addressRange(parseAddress('10.0.0.1'), parseAddress('::1'))).toThrow(
      expect.objectContaining({ code: 'SM_ADDRESS_INVALID' }),
    );
  });
});

describe('numbered addresses', () => {
  test('without .0 and .255, the closed form numbers exactly what a walk over the range finds', () => {
    fc.assert(
      fc.property(smallRange, (range) => {
        const walked: number[] = [];
        for (let value = Number(range.first); value <= Number(range.last); value++) {
          if (value % 256 !== 0 && value % 256 !== 255) walked.push(value);
        }
        const sequence = createAddressSequence(range, { avoidBuggyIPs: true });
        expect(Number(sequence.size)).toBe(walked.length);
        expect(walked.map((_value, index) => sequence.at(index))).toEqual(walked);
        expect(walked.map((value) => sequence.indexOf(ipv4FromNumber(value)))).toEqual([...walked.keys()]);
        expect([sequence.at(-1), sequence.at(walked.length)]).toEqual([undefined, undefined]);
      }),
      { numRuns: 50 },
    );
  });

  test('at and indexOf are inverse over the whole of a range, however large', () => {
    fc.assert(
      fc.property(anyRange, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (range, share, avoidBuggyIPs) => {
        const sequence = createAddressSequence(range, { avoidBuggyIPs });
        if (sequence.size === 0n) return;
        const wanted = ((sequence.size - 1n) * BigInt(Math.round(share * 1e9))) / 1_000_000_000n;
        const index = wanted <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wanted) : wanted;
        const address = sequence.at(index);
        expect(address !== undefined && rangeContains(range, address)).toBe(true);
        expect(sequence.indexOf(address as NonNullable<typeof address>)).toBe(index);
      }),
    );
  });

  test('addresses outside, of the other family, or left out have no index', () => {
    const sequence = createAddressSequence(parseAddressRange('10.0.0.0/23'), { avoidBuggyIPs: true });
    for (const text of ['9.255.255.255', '10.0.2.0', '::1', '10.0.0.0', '10.0.0.255', '10.0.1.0', '10.0.1.255']) {
      expect(sequence.indexOf(parseAddress(text))).toBeUndefined();
    }
    expect(createAddressSequence(parseAddressRange('::/0')).indexOf(parseAddress('10.0.0.1'))).toBeUndefined();
  });

  test('an index that is no whole number has no address', () => {
    const four = createAddressSequence(parseAddressRange('10.0.0.0/24'));
    const six = createAddressSequence(parseAddressRange('2001:db8::/64'));
    expect([four.at(0.5), four.at(-1), four.at(256), six.at(0.5), six.at(-1), six.at(1n << 64n)]).toEqual(Array(6).fill(undefined));
    expect(six.at((1n << 64n) - 1n)).toBe(parseAddress('2001:db8::ffff:ffff:ffff:ffff'));
  });

  test('avoidBuggyIPs leaves IPv6 alone', () => {
    expect(createAddressSequence(parseAddressRange('2001:db8::/120'), { avoidBuggyIPs: true }).size).toBe(256n);
  });
});
