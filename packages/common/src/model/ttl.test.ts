import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { tryParseGoDuration, tryParseTtlSeconds } from './index.ts';

describe('the ttl annotation', () => {
  test.each([
    ['1', 1],
    ['60', 60],
    ['+5', 5],
    ['007', 7],
    ['10s', 10],
    ['1m', 60],
    ['1h30m', 5400],
    ['1m30s', 90],
    ['2.9s', 2],
    ['1.5m', 90],
    ['1000ms', 1],
    ['1h0.5s', 3600],
    ['2147483647', 2147483647],
    ['2147483647s', 2147483647],
  ])('"%s" is %i seconds', (text, seconds) => {
    expect(tryParseTtlSeconds(text)).toEqual({ ok: true, value: seconds });
  });

  test.each([['0'], ['0s'], ['999ms'], ['-10'], ['-1m'], ['2147483648'], ['2147483648s'], ['9'.repeat(1000)]])(
    '"%s" is out of range',
    (text) => {
      expect(tryParseTtlSeconds(text).ok).toBe(false);
    },
  );

  test.each([[''], ['foo'], ['1 m'], ['1d'], ['m'], ['1m30'], ['1,5s'], ['0x10'], ['1e3'], [' 60'], ['.s'], ['+']])(
    '"%s" is no TTL',
    (text) => {
      expect(tryParseTtlSeconds(text)).toEqual({ ok: false, problem: 'it is neither whole seconds nor a duration such as 1m30s' });
    },
  );
});

describe('Go durations', () => {
  test.each([
    ['0', 0n],
    ['-0', 0n],
    ['1ns', 1n],
    ['1us', 1_000n],
    ['1µs', 1_000n],
    ['1μs', 1_000n],
    ['.5s', 500_000_000n],
    ['5.s', 5_000_000_000n],
    ['-1.5h', -5_400_000_000_000n],
    ['0.3333333333333333333h', 1_200_000_000_000n],
    ['-9223372036854775808ns', -9_223_372_036_854_775_808n],
    ['9223372036854775807ns', 9_223_372_036_854_775_807n],
    ['1h1m1s1ms1us1ns', 3_661_001_001_001n],
  ])('%s is %s ns', (text, nanoseconds) => {
    expect(tryParseGoDuration(text)).toEqual({ ok: true, value: nanoseconds });
  });

  test.each([[''], ['-'], ['3'], ['.s'], ['1x'], ['1toString'], ['9223372036854775808ns'], ['3000000h'], ['1s-1s'], ['1..5s']])(
    '"%s" is no duration',
    (text) => {
      expect(tryParseGoDuration(text).ok).toBe(false);
    },
  );

  test('a sum of parts is the sum of their lengths', () => {
    const part = fc.tuple(
      fc.nat({ max: 999 }),
      fc.constantFrom(['ms', 1_000_000n] as const, ['s', 1_000_000_000n] as const, ['m', 60_000_000_000n] as const),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const text = parts.map(([count, [unit]]) => `${count}${unit}`).join('');
        const total = parts.reduce((sum, [count, [, scale]]) => sum + BigInt(count) * scale, 0n);
        expect(tryParseGoDuration(text)).toEqual({ ok: true, value: total });
      }),
    );
  });
});
