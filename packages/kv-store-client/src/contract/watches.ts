import { eventually } from '@seamark/testkit';
import { expect, test } from 'vitest';
import { bytes, type ContractStore, flat, flatEntry, freshPrefix, put, remove } from './contract-store.ts';
import { recordWatch } from './watch-recorder.ts';

/** Contract of `watch`. */
export function watchContract(subject: () => ContractStore): void {
  test('a watch delivers changes below its prefix as they happen, with what was there before', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const start = await put(store, `${prefix.slice(0, -1)}0`, 'beside');
    using watch = recordWatch(store, prefix, start + 1);
    await eventually(() => expect(watch.connections()).toBe(1));
    const first = await put(store, `${prefix}a`, '1');
    await put(store, `${prefix.slice(0, -1)}0`, 'beside');
    const second = await put(store, `${prefix}a`, '2');
    const third = await remove(store, `${prefix}a`);
    await watch.reached(third);
    const one = { key: `${prefix}a`, value: bytes('1'), createRevision: first, modRevision: first, version: 1, lease: '0' };
    const two = { ...one, value: bytes('2'), modRevision: second, version: 2 };
    // A Buffer and a Uint8Array of the same bytes are the same value.
    const seen = watch.batches.map(({ revision, events }) => ({
      revision,
      events: events.map((event) => ({
        ...event,
        ...(event.type === 'put' ? { entry: { ...event.entry, value: Uint8Array.from(event.entry.value) } } : {}),
        ...(event.previous === undefined ? {} : { previous: { ...event.previous, value: Uint8Array.from(event.previous.value) } }),
      })),
    }));
    expect(seen).toEqual([
      { revision: first, events: [{ type: 'put', entry: one }] },
      { revision: second, events: [{ type: 'put', entry: two, previous: one }] },
      { revision: third, events: [{ type: 'delete', key: `${prefix}a`, modRevision: third, previous: two }] },
    ]);
  });

  test('a watch from a past revision delivers history first, then the present', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const revisions: number[] = [];
    for (let index = 0; index < 50; index += 1) revisions.push(await put(store, `${prefix}${index % 7}`, String(index)));
    using watch = recordWatch(store, prefix, revisions[10] as number);
    for (let index = 50; index < 60; index += 1) revisions.push(await put(store, `${prefix}${index % 7}`, String(index)));
    await watch.reached(revisions.at(-1) as number);
    expect(watch.batches.map((batch) => batch.revision)).toEqual(revisions.slice(10));
    expect(watch.lines()).toEqual(revisions.slice(10).map((_, index) => `put ${prefix}${(index + 10) % 7}=${index + 10}`));
  });

  test('a watch from a future revision stays silent until then', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const now = await put(store, `${prefix}a`, '0');
    using watch = recordWatch(store, prefix, now + 3);
    await put(store, `${prefix}a`, '1');
    await put(store, `${prefix}a`, '2');
    const third = await put(store, `${prefix}a`, '3');
    await watch.reached(third);
    expect(watch.lines()).toEqual([`put ${prefix}a=3`]);
  });

  test('all changes of a transaction come as one batch, in the order of its steps', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    for (const key of ['old/2', 'old/1', 'gone']) await put(store, prefix + key, 'x');
    const start = await put(store, `${prefix}last`, 'x');
    using watch = recordWatch(store, prefix, start + 1);
    const { revision } = await store.transact({
      compare: [],
      success: [
        { type: 'put', key: `${prefix}z`, value: bytes('1') },
        { type: 'delete', key: `${prefix}gone` },
        { type: 'put', key: `${prefix}a`, value: bytes('2') },
        { type: 'delete', prefix: `${prefix}old/` },
      ],
    });
    await watch.reached(revision);
    expect(watch.batches.map((batch) => batch.revision)).toEqual([revision]);
    expect(watch.lines()).toEqual([
      `put ${prefix}z=1`,
      `delete ${prefix}gone`,
      `put ${prefix}a=2`,
      `delete ${prefix}old/1`,
      `delete ${prefix}old/2`,
    ]);
  });

  test.for([
    ['live', true],
    ['from history', false],
  ] as const)('a batch of megabytes is not split (%s)', async ([, live]) => {
    const { store } = subject();
    const prefix = freshPrefix();
    const value = new Uint8Array(200_000).fill(1);
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => prefix + name);
    const start = (await store.range({ prefix })).revision;
    const early = live ? recordWatch(store, prefix, start + 1) : undefined;
    if (early !== undefined) await eventually(() => expect(early.connections()).toBe(1));
    const revisions: number[] = [];
    for (let turn = 0; turn < 4; turn += 1)
      revisions.push((await store.transact({ compare: [], success: keys.map((key) => ({ type: 'put', key, value })) })).revision);
    using watch = early ?? recordWatch(store, prefix, start + 1);
    await watch.reached(revisions.at(-1) as number);
    expect(watch.batches.map((batch) => batch.revision)).toEqual(revisions);
    for (const batch of watch.batches) {
      expect(batch.events.map((event) => (event.type === 'put' ? event.entry.key : ''))).toEqual(keys);
      expect(batch.events.every((event) => event.type === 'put' && event.entry.value.length === value.length)).toBe(true);
    }
    await store.transact({ compare: [], success: [{ type: 'delete', prefix }] });
  });

  test('many watches on one store each get their own prefix only', async () => {
    const { store } = subject();
    const prefixes = Array.from({ length: 20 }, freshPrefix);
    const { revision } = await store.range({ prefix: prefixes[0] as string });
    const watches = prefixes.map((prefix) => recordWatch(store, prefix, revision + 1));
    try {
      for (const prefix of prefixes) await put(store, `${prefix}a`, '1');
      for (const prefix of prefixes) await put(store, `${prefix}a`, '2');
      for (const [index, watch] of watches.entries()) {
        await eventually(() => expect(watch.batches).toHaveLength(2));
        expect(watch.lines()).toEqual([`put ${prefixes[index]}a=1`, `put ${prefixes[index]}a=2`]);
      }
    } finally {
      for (const watch of watches) watch.abort();
    }
  });

  test('an aborted watch delivers nothing more; others go on', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const { revision } = await store.range({ prefix });
    using ended = recordWatch(store, prefix, revision + 1);
    using other = recordWatch(store, prefix, revision + 1);
    await ended.reached(await put(store, `${prefix}a`, '1'));
    ended.abort();
    await other.reached(await put(store, `${prefix}a`, '2'));
    await other.reached(await put(store, `${prefix}a`, '3'));
    expect(ended.lines()).toEqual([`put ${prefix}a=1`]);
    expect(other.lines()).toEqual([`put ${prefix}a=1`, `put ${prefix}a=2`, `put ${prefix}a=3`]);
  });

  test('a watch with a signal that is already aborted delivers nothing', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const first = await put(store, `${prefix}a`, '1');
    const batches: unknown[] = [];
    store.watch(
      { prefix, fromRevision: first, signal: AbortSignal.abort() },
      { onEvents: (batch) => batches.push(batch), onCompacted: () => undefined },
    );
    using other = recordWatch(store, prefix, first);
    await other.reached(await put(store, `${prefix}a`, '2'));
    expect(batches).toEqual([]);
  });

  test('a listener that throws does not disturb its own or other watches', async () => {
    const { store } = subject();
    const prefix = freshPrefix();
    const controller = new AbortController();
    const { revision } = await store.range({ prefix });
    const seen: number[] = [];
    store.watch(
      { prefix, fromRevision: revision + 1, signal: controller.signal },
      {
        onEvents: (batch) => {
          seen.push(batch.revision);
          throw new Error('a defect of the listener');
        },
        onCompacted: () => undefined,
      },
    );
    using other = recordWatch(store, prefix, revision + 1);
    const revisions = [await put(store, `${prefix}a`, '1'), await put(store, `${prefix}a`, '2')];
    await other.reached(revisions[1] as number);
    await eventually(() => expect(seen).toEqual(revisions));
    controller.abort();
  });

  test('progress that is asked for covers changes elsewhere, and never runs ahead of delivery', async () => {
    const { store, answersProgress } = subject();
    const prefix = freshPrefix();
    const { revision } = await store.range({ prefix });
    using watch = recordWatch(store, prefix, revision + 1);
    await eventually(() => expect(watch.connections()).toBe(1));
    const inside = await put(store, `${prefix}a`, '1');
    const outside = await put(store, freshPrefix(), 'x');
    watch.watch.requestProgress();
    await watch.reached(inside);
    if (answersProgress) {
      await eventually(() => {
        watch.watch.requestProgress();
        expect(watch.progress.at(-1) ?? 0).toBeGreaterThanOrEqual(outside);
      });
    }
    // A store that cannot tell reliably must not tell at all.
    else expect(watch.progress).toEqual([]);
  });

  test('a watch from before the compaction is told so, once, and ends', async () => {
    const contract = subject();
    const { store } = contract;
    const prefix = freshPrefix();
    const first = await put(store, `${prefix}a`, '1');
    await put(store, `${prefix}a`, '2');
    await put(store, `${prefix}b`, '1');
    const fourth = await put(store, `${prefix}a`, '3');
    await contract.compact(fourth);
    using watch = recordWatch(store, prefix, first);
    await eventually(() => expect(watch.compacted).toEqual([fourth]));
    using present = recordWatch(store, prefix, fourth + 1);
    await present.reached(await put(store, `${prefix}a`, '4'));
    expect(present.lines()).toEqual([`put ${prefix}a=4`]);
    expect(watch.lines()).toEqual([]);
    expect(watch.compacted).toEqual([fourth]);
  });

  test('a watch from the compact revision misses nothing unsaid, deletes least of all; one from the next revision misses nothing', async () => {
    const contract = subject();
    const { store } = contract;
    const prefix = freshPrefix();
    await put(store, `${prefix}a`, '1');
    await put(store, `${prefix}gone/1`, '1');
    await put(store, `${prefix}gone/2`, '1');
    const { revision } = await store.transact({
      compare: [],
      success: [
        { type: 'delete', prefix: `${prefix}gone/` },
        { type: 'put', key: `${prefix}a`, value: bytes('2') },
      ],
    });
    const last = await remove(store, `${prefix}a`);
    await contract.compact(revision);
    using at = recordWatch(store, prefix, revision);
    using after = recordWatch(store, prefix, revision + 1);
    await after.reached(last);
    expect(after.lines()).toEqual([`delete ${prefix}a`]);
    await eventually(() => expect(at.compacted.length > 0 || at.batches.at(-1)?.revision === last).toBe(true));
    expect(at.compacted.length > 0 ? at.compacted : at.lines()).toEqual(
      at.compacted.length > 0 ? [revision] : [`delete ${prefix}gone/1`, `delete ${prefix}gone/2`, `put ${prefix}a=2`, `delete ${prefix}a`],
    );
    if (at.compacted.length > 0) expect(at.batches).toEqual([]);
    expect(after.compacted).toEqual([]);
  });

  test('compaction takes the past from ranges, not the present', async () => {
    const contract = subject();
    const { store } = contract;
    const prefix = freshPrefix();
    const first = await put(store, `${prefix}a`, '1');
    await put(store, `${prefix}gone`, '1');
    await remove(store, `${prefix}gone`);
    const last = await put(store, `${prefix}a`, '2');
    await contract.compact(last);
    await expect(store.range({ prefix }, { revision: first })).rejects.toMatchObject({ code: 'SM_STORE_COMPACTED' });
    expect(flat(await store.range({ prefix }, { revision: last }))).toEqual([`${prefix}a=2`]);
    const { entries, revision } = await store.range({ prefix });
    expect(entries.map(flatEntry)).toEqual([`${prefix}a=2`]);
    expect(entries[0]).toMatchObject({ createRevision: first, modRevision: last, version: 2 });
    expect(revision).toBe(last);
  });

  test('compaction does not disturb a watch that has seen everything', async () => {
    const contract = subject();
    const { store } = contract;
    const prefix = freshPrefix();
    const first = await put(store, `${prefix}a`, '1');
    using watch = recordWatch(store, prefix, first);
    const second = await put(store, `${prefix}a`, '2');
    await watch.reached(second);
    await contract.compact(second);
    const third = await put(store, `${prefix}a`, '3');
    await watch.reached(third);
    expect(watch.batches.map((batch) => batch.revision)).toEqual([first, second, third]);
    expect(watch.compacted).toEqual([]);
  });
}
