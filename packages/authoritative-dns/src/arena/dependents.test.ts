import { expect, test } from 'vitest';

import { ZoneNode } from '../zone/tree/index.ts';
import { Dependents } from './dependents.ts';

const node = (key: string): ZoneNode<unknown> => new ZoneNode(key, 0, undefined);

test('gives what depends on a name until that is forgotten', () => {
  const dependents = new Dependents<unknown>();
  const [one, other] = [node('one'), node('other')];
  expect([...dependents.of('a')]).toEqual([]);
  dependents.add(one, ['a', 'b']);
  dependents.add(one, ['b', 'c']);
  dependents.add(other, ['b']);
  expect([...dependents.of('b')]).toEqual([one, other]);
  dependents.delete(one);
  expect([...dependents.of('b')]).toEqual([other]);
  expect([...dependents.of('c')]).toEqual([]);
});

test('takes no dependents above the limit, and then notes none of the names', () => {
  const dependents = new Dependents<unknown>();
  const [one, other] = [node('one'), node('other')];
  expect(dependents.add(one, ['a'], 1)).toBe(true);
  expect(dependents.add(other, ['b', 'a'], 1)).toBe(false);
  expect([...dependents.of('b')]).toEqual([]);
  dependents.delete(one);
  expect(dependents.add(other, ['b', 'a'], 1)).toBe(true);
});

test('takes no node that depends on too many names', () => {
  const names = Array.from({ length: 65 }, (_, at) => String(at));
  expect(new Dependents<unknown>().add(node('one'), names)).toBe(false);
});
