import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('a backoff lies between nothing and a bound that doubles up to the maximum', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (attempt, random) => {
      const delayMs = backoffMs(attempt, { baseMs: 200, maxMs: 10_000, random: () => random });
      expect(delayMs).toBe(random * Math.min(10_000, 200 * 2 ** (attempt - 1)));
      expect(delayMs).toBeLessThanOrEqual(10_000);
    }),
  );
});
