import { expect, test } from 'vitest';
import { diffEntries } from './diff-entries.ts';
import type { KeyValue } from './kv-store.ts';

const entry = (key: string, modRevision: number): KeyValue => ({
  key,
  modRevision,
  createRevision: 1,
  version: 1,
  lease: '0',
  value: new Uint8Array(),
});

test('finds what is new, changed and gone, and leaves the rest out', () => {
  const known = new Map([
    ['same', 5],
    ['changed', 5],
    ['gone', 5],
  ]);
  const { changed, deleted } = diffEntries(known, [entry('changed', 7), entry('new', 6), entry('same', 5)]);
  expect(changed.map(({ key }) => key)).toEqual(['changed', 'new']);
  expect(deleted).toEqual(['gone']);
});
