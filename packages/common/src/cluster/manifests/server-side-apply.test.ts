import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../model/index.ts';
import { mergePatch } from './merge-patch.ts';
import { applyFields, conflictingFields } from './server-side-apply.ts';

describe('mergePatch', () => {
  // RFC 7386, appendix A.
  test.each<[target: unknown, patch: unknown, result: unknown]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j by %j is %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  test('changes neither argument, and applying it twice is applying it once', () => {
    const json = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = JSON.stringify([target, patch]);
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
        expect(JSON.stringify([target, patch])).toBe(before);
      }),
    );
  });
});

describe('applyFields', () => {
  const of = (spec: Record<string, unknown>): KubernetesObject =>
    ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, spec }) as KubernetesObject;

  test.each<
    [
      what: string,
      current: Record<string, unknown>,
      last: Record<string, unknown> | undefined,
      next: Record<string, unknown>,
      others: Record<string, unknown>[],
      result: Record<string, unknown>,
    ]
  >([
    ['adds and keeps', { a: 1 }, undefined, { b: 2 }, [], { a: 1, b: 2 }],
    ['takes back what it no longer names', { a: 1, b: 2 }, { a: 1, b: 2 }, { b: 2 }, [], { b: 2 }],
    ['leaves what another has too', { a: 1, b: 2 }, { a: 1, b: 2 }, { b: 2 }, [{ a: 1 }], { a: 1, b: 2 }],
    ['goes into maps', { m: { a: 1, b: 2, c: 3 } }, { m: { a: 1, b: 2 } }, { m: { a: 9 } }, [], { m: { a: 9, c: 3 } }],
    ['removes a map that becomes empty', { m: { a: 1 } }, { m: { a: 1 } }, {}, [], {}],
    ['keeps a map in which others have something', { m: { a: 1, c: 3 } }, { m: { a: 1 } }, {}, [], { m: { c: 3 } }],
    ['replaces lists whole', { l: [1, 2] }, { l: [1, 2] }, { l: [3] }, [], { l: [3] }],
  ])('%s', (_what, current, last, next, others, result) => {
    expect(applyFields(of(current), of(next), last === undefined ? undefined : of(last), others.map(of))).toEqual(of(result));
  });

  test('finds what another manager has set otherwise', () => {
    expect(conflictingFields(of({ a: 1, m: { b: 2, c: 3 } }), { other: of({ a: 1, m: { b: 5 } }) })).toEqual([
      { manager: 'other', path: 'spec.m.b' },
    ]);
    expect(conflictingFields(of({ a: 1 }), { other: of({ b: 1 }) })).toEqual([]);
  });
});
