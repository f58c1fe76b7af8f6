import { expect, test } from 'vitest';
import { isAtLeast, precedes } from './resource-version.ts';

test.each([
  // version, wanted, at least, precedes
  ['10', '9', true, false],
  ['9', '10', false, true],
  ['10', '10', true, false],
  ['9007199254740993', '9007199254740992', true, false],
  ['9007199254740992', '9007199254740993', false, true],
  ['abc', 'abc', true, false],
  ['abd', 'abc', false, false],
  ['', '1', false, false],
])('%s compared with %s', (version, wanted, atLeast, earlier) => {
  expect(isAtLeast(version, wanted)).toBe(atLeast);
  expect(precedes(version, wanted)).toBe(earlier);
});

test('an object that is not there has no version', () => {
  expect(isAtLeast(undefined, '1')).toBe(false);
});
