import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeNumber, wireRange } from './wire.ts';

test('one key has no range_end; everything is \\0 to \\0', () => {
  expect(wireRange({ key: 'a' })).toEqual({ key: Buffer.from('a') });
  expect(wireRange({ prefix: '' })).toEqual({ key: Buffer.from([0]), range_end: Buffer.from([0]) });
});

test('the range of a prefix holds exactly the keys that begin with it', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', '0', 'ü', '\u{1F600}', '\u{10FFFF}', '\u0000'), maxLength: 6 });
  fc.assert(
    fc.property(
      key.filter((prefix) => prefix !== ''),
      key,
      fc.boolean(),
      (prefix, rest, below) => {
        const candidate = below ? prefix + rest : rest;
        const { key: from, range_end: end } = wireRange({ prefix });
        const bytes = Buffer.from(candidate);
        const inside = Buffer.compare(bytes, from) >= 0 && Buffer.compare(bytes, end as Buffer) < 0;
        expect(inside).toBe(candidate.startsWith(prefix));
      },
    ),
  );
});

test('a number above 2^53 is refused instead of rounded', () => {
  expect(safeNumber('9007199254740991')).toBe(9_007_199_254_740_991);
  expect(() => safeNumber('9007199254740993')).toThrow('2^53');
  expect(() => safeNumber(undefined)).toThrow('2^53');
});
