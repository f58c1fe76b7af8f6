import { expect, test } from 'vitest';
import { bytes, type ContractStore, flat, freshPrefix, put, remove } from './contract-store.ts';

/** Contract of `range`. */
export function rangeContract(subject: () => ContractStore): void {
  test('a range of a prefix returns its keys in byte order and nothing else', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    // UTF-16 order would put the surrogate pair of U+1F600 before U+FF5E.
    const keys = ['a', 'a/b', 'a0', 'B', 'ä', '\uFF5E', '\u{1F600}', 'z z', '"quoted"', 'ключ', 'مفتاح', '钥匙'];
    for (const key of keys) await put(store, prefix + key, key);
    await put(store, `${prefix.slice(0, -1)}0`, 'the sibling just after the prefix');
    await put(store, `${prefix.slice(0, -1)}.`, 'the sibling just before the prefix');
    const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(flat(await store.range({ prefix }))).toEqual(sorted.map((key) => `${prefix}${key}=${key}`));
    expect(flat(await store.range({ prefix: `${prefix}a` }))).toEqual([`${prefix}a=a`, `${prefix}a/b=a/b`, `${prefix}a0=a0`]);
    expect(flat(await store.range({ prefix: `${prefix}\u{1F600}` }))).toEqual([`${prefix}\u{1F600}=\u{1F600}`]);
  });

  test('a range of a key returns that key alone, with its revisions, version and lease', async () => {
    const { store } = subject();
    const key = `${freshPrefix()}key`;
    const made = await put(store, key, 'one');
    await put(store, `${key}2`, 'another key');
    const changed = await put(store, key, 'two');
    const result = await store.range({ key });
    expect(result.revision).toBeGreaterThanOrEqual(changed);
    expect(result.entries).toEqual([{ key, value: expect.anything(), createRevision: made, modRevision: changed, version: 2, lease: '0' }]);
    expect(flat(result)).toEqual([`${key}=two`]);
    expect(result.entries[0]?.value).toBeInstanceOf(Uint8Array);
  });

  test('a key that does not exist gives an empty range with a revision', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const revision = await put(store, `${prefix}other`, '');
    expect(await store.range({ key: `${prefix}none` })).toEqual({ revision, entries: [] });
    expect(await store.range({ prefix: `${prefix}none/` })).toEqual({ revision, entries: [] });
  });

  test('an empty prefix selects everything', async () => {
    const { store } = subject();
    const key = `${freshPrefix()}key`;
    await put(store, key, 'x');
    const all = await store.range({ prefix: '' });
    expect(all.entries.map((entry) => entry.key)).toContain(key);
  });

  test('a range at a past revision is what was there then', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const first = await put(store, `${prefix}a`, '1');
    const second = await put(store, `${prefix}b`, '1');
    const third = await put(store, `${prefix}a`, '2');
    const fourth = await remove(store, `${prefix}b`);
    const at = async (revision: number): Promise<string[]> => flat(await store.range({ prefix }, { revision }));
    expect(await at(first)).toEqual([`${prefix}a=1`]);
    expect(await at(second)).toEqual([`${prefix}a=1`, `${prefix}b=1`]);
    expect(await at(third)).toEqual([`${prefix}a=2`, `${prefix}b=1`]);
    expect(await at(fourth)).toEqual([`${prefix}a=2`]);
    expect((await store.range({ key: `${prefix}a` }, { revision: second })).entries).toMatchObject([{ version: 1, modRevision: first }]);
    expect((await store.range({ prefix }, { revision: second })).revision).toBe(second);
  });

  test('a range at a revision of the future is refused', async () => {
    const { store } = subject();
    const { revision } = await store.range({ key: freshPrefix() });
    await expect(store.range({ prefix: freshPrefix() }, { revision: revision + 1_000_000 })).rejects.toMatchObject({
      code: 'SM_STORE_REJECTED',
    });
  });

  test('values are bytes: empty, binary and of a megabyte', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const binary = Uint8Array.from({ length: 256 }, (_, index) => index);
    const big = new Uint8Array(1024 * 1024).map((_, index) => (index * 31) % 251);
    const values = { binary, big, empty: new Uint8Array(0) };
    for (const [name, value] of Object.entries(values))
      await store.transact({ compare: [], success: [{ type: 'put', key: prefix + name, value }] });
    const { entries } = await store.range({ prefix });
    expect(entries.map((entry) => entry.key)).toEqual([`${prefix}big`, `${prefix}binary`, `${prefix}empty`]);
    expect(Buffer.compare(entries[0]?.value ?? bytes('-'), big)).toBe(0);
    expect(Buffer.compare(entries[1]?.value ?? bytes('-'), binary)).toBe(0);
    expect(entries[2]?.value).toHaveLength(0);
  });

  test('ten values of a megabyte come in one range', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const value = new Uint8Array(1_000_000).fill(7);
    for (let index = 0; index < 10; index += 1)
      await store.transact({ compare: [], success: [{ type: 'put', key: `${prefix}${index}`, value }] });
    const { entries } = await store.range({ prefix });
    expect(entries.map((entry) => entry.value.length)).toEqual(Array.from({ length: 10 }, () => 1_000_000));
    await store.transact({ compare: [], success: [{ type: 'delete', prefix }] });
  });

  test('5,000 keys come in order and as of one revision while they are being changed', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const name = (index: number): string => `${prefix}${String(index).padStart(5, '0')}`;
    for (let start = 0; start < 5_000; start += 100)
      await store.transact({
        compare: [],
        success: Array.from({ length: 100 }, (_, offset) => ({ type: 'put', key: name(start + offset), value: bytes('before') })),
      });
    const stop = new AbortController();
    // First, middle and last key change together: a range torn between two revisions would show one of them only.
    const write = (turn: number): Promise<unknown> =>
      store.transact({
        compare: [],
        success: [name(0), name(2_500), name(4_999)].map((key) => ({ type: 'put', key, value: bytes(String(turn)) })),
      });
    await write(0);
    const writer = (async () => {
      for (let turn = 1; !stop.signal.aborted; turn += 1) await write(turn);
    })();
    try {
      for (let turn = 0; turn < 5; turn += 1) {
        const { entries, revision } = await store.range({ prefix });
        expect(entries.map((entry) => entry.key)).toEqual(Array.from({ length: 5_000 }, (_, index) => name(index)));
        expect(entries[2_500]?.modRevision).toBe(entries[0]?.modRevision);
        expect(entries[4_999]?.modRevision).toBe(entries[0]?.modRevision);
        expect(entries[0]?.modRevision).toBeLessThanOrEqual(revision);
      }
    } finally {
      stop.abort();
      await writer;
    }
  });
}
