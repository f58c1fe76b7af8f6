import { expect, test } from 'vitest';
import { createJitteredBackoff } from './jittered-backoff.ts';

test('pauses double up to the limit, lie between half and whole of the step, and start again after a reset', () => {
  const least = createJitteredBackoff({ firstMs: 50, maxMs: 400, random: () => 0 });
  expect([1, 2, 3, 4, 5, 6].map(() => least.next())).toEqual([25, 50, 100, 200, 200, 200]);
  const most = createJitteredBackoff({ firstMs: 50, maxMs: 400, random: () => 1 });
  expect([1, 2, 3, 4, 5].map(() => most.next())).toEqual([50, 100, 200, 400, 400]);
  most.reset();
  expect(most.next()).toBe(50);
});
