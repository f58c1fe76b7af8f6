import { expect, test } from 'vitest';

import { ZoneNumbers } from './zone-numbers.ts';

test('zones beyond the most that are told apart share the number of `other`', () => {
  const numbers = new ZoneNumbers(3);
  const given = ['a.', 'b.', 'c.', 'd.', 'a.'].map((zone) => numbers.of('file', zone));
  expect(given).toEqual([0, 1, 2, 2, 0]);
  expect([0, 1, 2].map((number) => numbers.at(number)?.label)).toEqual(['a.', 'b.', 'other']);
  expect(numbers.size).toBe(3);
});
