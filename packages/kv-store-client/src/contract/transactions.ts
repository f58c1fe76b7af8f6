import { describe, expect, test } from 'vitest';
import type { Compare, Operation } from '../kv-store.ts';
import { bytes, type ContractStore, flat, freshPrefix, put, text } from './contract-store.ts';

/** Contract of `transact`. */
export function transactionContract(subject: () => ContractStore): void {
  describe('a compare', () => {
    type Row = readonly [what: string, holds: boolean, compare: (key: string, revisions: { made: number; changed: number }) => Compare];
    const value =
      (op: '=' | '!=', against: string): Row[2] =>
      (key) => ({ key, target: 'value', op, value: bytes(against) });
    const version =
      (op: '=' | '!=' | '<' | '>', against: number): Row[2] =>
      (key) => ({ key, target: 'version', op, value: against });
    const rows: Row[] = [
      ['version = 2 of a key written twice', true, version('=', 2)],
      ['version = 1', false, version('=', 1)],
      ['version != 1', true, version('!=', 1)],
      ['version != 2', false, version('!=', 2)],
      ['version > 1', true, version('>', 1)],
      ['version > 2', false, version('>', 2)],
      ['version < 3', true, version('<', 3)],
      ['version < 2', false, version('<', 2)],
      ['value = its value', true, value('=', 'two')],
      ['value = its former value', false, value('=', 'one')],
      ['value != its former value', true, value('!=', 'one')],
      ['value != its value', false, value('!=', 'two')],
      ['value = a prefix of its value', false, value('=', 'tw')],
      ...(['createRevision', 'modRevision'] as const).flatMap((target): Row[] => {
        const at =
          (op: '=' | '!=' | '<' | '>', offset: number): Row[2] =>
          (key, revisions) => ({
            key,
            target,
            op,
            value: (target === 'createRevision' ? revisions.made : revisions.changed) + offset,
          });
        return [
          [`${target} = its own`, true, at('=', 0)],
          [`${target} = its own - 1`, false, at('=', -1)],
          [`${target} != its own - 1`, true, at('!=', -1)],
          [`${target} != its own`, false, at('!=', 0)],
          [`${target} > its own - 1`, true, at('>', -1)],
          [`${target} > its own`, false, at('>', 0)],
          [`${target} < its own + 1`, true, at('<', 1)],
          [`${target} < its own`, false, at('<', 0)],
        ];
      }),
    ];
    test.for(rows)('%s: %s', async ([, holds, compare]) => {
      const { store } = subject();
      const key = `${freshPrefix()}key`;
      const made = await put(store, key, 'one');
      const changed = await put(store, key, 'two');
      const result = await store.transact({ compare: [compare(key, { made, changed })], success: [], failure: [] });
      expect(result).toEqual({ succeeded: holds, revision: changed, ranges: [] });
    });

    const absent: readonly (readonly [what: string, holds: boolean, compare: (key: string) => Compare])[] = [
      ['version = 0', true, (key) => ({ key, target: 'version', op: '=', value: 0 })],
      ['createRevision = 0', true, (key) => ({ key, target: 'createRevision', op: '=', value: 0 })],
      ['modRevision = 0', true, (key) => ({ key, target: 'modRevision', op: '=', value: 0 })],
      ['modRevision > 0', false, (key) => ({ key, target: 'modRevision', op: '>', value: 0 })],
      ['modRevision < 1', true, (key) => ({ key, target: 'modRevision', op: '<', value: 1 })],
      ['value = empty', false, (key) => ({ key, target: 'value', op: '=', value: bytes('') })],
      ['value != something', false, (key) => ({ key, target: 'value', op: '!=', value: bytes('x') })],
    ];
    test.for(absent)('%s of an absent key: %s', async ([, holds, compare]) => {
      const { store } = subject();
      const key = `${freshPrefix()}none`;
      expect((await store.transact({ compare: [compare(key)], success: [] })).succeeded).toBe(holds);
    });
  });

  test('all compares must hold; else the failure steps run and no other', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    await put(store, `${prefix}a`, '1');
    const both = (second: number): Compare[] => [
      { key: `${prefix}a`, target: 'version', op: '=', value: 1 },
      { key: `${prefix}b`, target: 'version', op: '=', value: second },
    ];
    const branches = {
      success: [{ type: 'put', key: `${prefix}yes`, value: bytes('1') }],
      failure: [{ type: 'put', key: `${prefix}no`, value: bytes('1') }],
    } satisfies Record<string, Operation[]>;
    expect((await store.transact({ compare: both(1), ...branches })).succeeded).toBe(false);
    expect(flat(await store.range({ prefix }))).toEqual([`${prefix}a=1`, `${prefix}no=1`]);
    expect((await store.transact({ compare: both(0), ...branches })).succeeded).toBe(true);
    expect(flat(await store.range({ prefix }))).toEqual([`${prefix}a=1`, `${prefix}no=1`, `${prefix}yes=1`]);
    expect((await store.transact({ compare: both(1), success: [] })).succeeded).toBe(false);
  });

  test('all changes of a transaction share one revision, and a transaction without changes makes none', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const before = await put(store, `${prefix}old`, 'x');
    const result = await store.transact({
      compare: [],
      success: [
        { type: 'put', key: `${prefix}a`, value: bytes('1') },
        { type: 'delete', key: `${prefix}old` },
        { type: 'put', key: `${prefix}b`, value: bytes('2') },
      ],
    });
    expect(result).toEqual({ succeeded: true, revision: before + 1, ranges: [] });
    const { entries } = await store.range({ prefix });
    expect(entries.map(({ key, modRevision }) => [key, modRevision])).toEqual([
      [`${prefix}a`, before + 1],
      [`${prefix}b`, before + 1],
    ]);
    const nothing = await store.transact({
      compare: [],
      success: [
        { type: 'delete', key: `${prefix}none` },
        { type: 'delete', prefix: `${prefix}none/` },
        { type: 'range', prefix },
      ],
    });
    expect(nothing.revision).toBe(before + 1);
    expect((await store.range({ prefix })).revision).toBe(before + 1);
  });

  test('range steps see the steps before them and their results come in order', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    await put(store, `${prefix}a`, '1');
    const result = await store.transact({
      compare: [],
      success: [
        { type: 'range', prefix },
        { type: 'put', key: `${prefix}b`, value: bytes('2') },
        { type: 'range', prefix },
        { type: 'delete', key: `${prefix}a` },
        { type: 'range', key: `${prefix}a` },
        { type: 'range', prefix },
      ],
    });
    expect(result.ranges.map(flat)).toEqual([[`${prefix}a=1`], [`${prefix}a=1`, `${prefix}b=2`], [], [`${prefix}b=2`]]);
    expect(new Set(result.ranges.map((range) => range.revision))).toEqual(new Set([result.revision]));
  });

  test('a delete of a prefix deletes all its keys and no other', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    for (const key of ['a', 'dir/1', 'dir/2', 'dir/3/4', 'dir', 'dir0']) await put(store, prefix + key, 'x');
    await store.transact({ compare: [], success: [{ type: 'delete', prefix: `${prefix}dir/` }] });
    expect(flat(await store.range({ prefix }))).toEqual([`${prefix}a=x`, `${prefix}dir=x`, `${prefix}dir0=x`]);
  });

  const put1: (prefix: string) => Operation = (prefix) => ({ type: 'put', key: `${prefix}k`, value: bytes('1') });
  test.for<readonly [string, (prefix: string) => Operation]>([
    ['put again', (prefix) => ({ type: 'put', key: `${prefix}k`, value: bytes('2') })],
    ['deleted', (prefix) => ({ type: 'delete', key: `${prefix}k` })],
    ['deleted by a prefix', (prefix) => ({ type: 'delete', prefix })],
  ])('a key put and then %s in one transaction is refused and changes nothing', async ([, second]) => {
    const { store } = subject();
    const prefix = freshPrefix();
    const before = await put(store, `${prefix}other`, 'x');
    await expect(store.transact({ compare: [], success: [put1(prefix), second(prefix)] })).rejects.toMatchObject({
      code: 'SM_STORE_REJECTED',
    });
    await expect(store.transact({ compare: [], success: [second(prefix), put1(prefix)] })).rejects.toMatchObject({
      code: 'SM_STORE_REJECTED',
    });
    await expect(store.transact({ compare: [], success: [], failure: [put1(prefix), second(prefix)] })).rejects.toMatchObject({
      code: 'SM_STORE_REJECTED',
    });
    expect(await store.range({ prefix })).toMatchObject({ revision: before, entries: [{ key: `${prefix}other` }] });
  });

  test('the same key may be written by both branches', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const result = await store.transact({ compare: [], success: [put1(prefix)], failure: [{ type: 'delete', prefix }] });
    expect(result.succeeded).toBe(true);
  });

  test('a deleted key that is put again starts anew', async () => {
    const { store } = subject();
    const key = `${freshPrefix()}key`;
    await put(store, key, '1');
    await put(store, key, '2');
    await store.transact({ compare: [], success: [{ type: 'delete', key }] });
    const revision = await put(store, key, '3');
    expect((await store.range({ key })).entries).toMatchObject([{ createRevision: revision, modRevision: revision, version: 1 }]);
  });

  test('concurrent read-compare-write never loses an update', async () => {
    const { store } = subject();
    const key = `${freshPrefix()}counter`;
    let conflicts = 0;
    const add = async (): Promise<void> => {
      for (;;) {
        const entry = (await store.range({ key })).entries[0];
        const next = String(Number(entry === undefined ? '0' : text(entry.value)) + 1);
        const { succeeded } = await store.transact({
          compare: [{ key, target: 'modRevision', op: '=', value: entry?.modRevision ?? 0 }],
          success: [{ type: 'put', key, value: bytes(next) }],
        });
        if (succeeded) return;
        conflicts += 1;
      }
    };
    const worker = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn += 1) await add();
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    expect(flat(await store.range({ key }))).toEqual([`${key}=80`]);
    expect((await store.range({ key })).entries[0]?.version).toBe(80);
    // Without a single conflict the workers did not meet and the test proves nothing.
    expect(conflicts).toBeGreaterThan(0);
  });

  test('of many transactions that make the same key, one succeeds', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    for (let round = 0; round < 10; round += 1) {
      const key = `${prefix}${round}`;
      const results = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          store.transact({
            compare: [{ key, target: 'createRevision', op: '=', value: 0 }],
            success: [{ type: 'put', key, value: bytes(String(index)) }],
            failure: [{ type: 'range', key }],
          }),
        ),
      );
      const winners = results.flatMap((result, index) => (result.succeeded ? [index] : []));
      expect(winners).toHaveLength(1);
      for (const result of results) if (!result.succeeded) expect(result.ranges.map(flat)).toEqual([[`${key}=${winners[0]}`]]);
    }
  });
}
