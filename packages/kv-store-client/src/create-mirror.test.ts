import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { etcdRequirement, eventually, startEtcd, unmet } from '@seamark/testkit';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { bytes, put, text } from './contract/contract-store.ts';
import { createMapFold } from './contract/map-fold.ts';
import { createMirror } from './create-mirror.ts';
import { createMemoryStore } from './embedded/index.ts';
import { createEtcdStore } from './etcd/index.ts';
import type { KvStore, Operation } from './kv-store.ts';
import type { MirrorState } from './mirror.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});
const lifetime = (): AbortController => {
  const controller = new AbortController();
  cleanups.push(() => controller.abort(new Error('the test is over')));
  return controller;
};

const drivers: readonly (readonly [string, () => Promise<KvStore>])[] = [
  ['the embedded store', () => Promise.resolve(createMemoryStore())],
  [
    'etcd',
    async () => {
      const etcd = await startEtcd();
      cleanups.push(() => etcd[Symbol.asyncDispose]());
      return createEtcdStore({ endpoints: [etcd.endpoint] });
    },
  ],
];

for (const [driver, make] of drivers) {
  describe.skipIf(driver === 'etcd' && unmet('mirror on etcd', etcdRequirement()))(`a mirror of ${driver}`, () => {
    const open = async (): Promise<KvStore> => {
      const store = await make();
      cleanups.push(() => store.close());
      return store;
    };

    test('begins with what the fold has already, when that is the content of its revision, and reads everything when it is not', async () => {
      const store = await open();
      await put(store, '/x/a', '1');
      const known = await put(store, '/x/b', '1');
      await put(store, '/x/a', '2');
      const last = await put(store, '/x/c', '2');
      for (const isSame of [true, false]) {
        const fold = createMapFold();
        fold.values.set('/x/held', 'h');
        const controller = lifetime();
        const asked = [Promise.reject(new Error('not yet')), Promise.resolve(isSame)];
        asked[0]?.catch(() => undefined);
        const resume = { revision: known, isSame: async (): Promise<boolean> => (await asked.shift()) ?? true };
        const mirror = createMirror({ store, prefix: '/x/', fold, signal: controller.signal, resume });
        await mirror.synced;
        await mirror.reached(last);
        expect(Object.fromEntries(fold.values)).toEqual(
          isSame ? { '/x/held': 'h', '/x/a': '2', '/x/c': '2' } : { '/x/a': '2', '/x/b': '1', '/x/c': '2' },
        );
        expect(asked).toEqual([]);
      }
    });

    test('loads what is there, then follows', async () => {
      const store = await open();
      await put(store, '/x/a', '1');
      await put(store, '/y/a', '1');
      const fold = createMapFold();
      const states: MirrorState['phase'][] = [];
      const controller = lifetime();
      const mirror = createMirror({ store, prefix: '/x/', fold, signal: controller.signal });
      expect(mirror.state()).toEqual({ phase: 'loading' });
      expect(mirror.revision).toBe(0);
      mirror.subscribe((state) => states.push(state.phase));
      await mirror.synced;
      expect(Object.fromEntries(fold.values)).toEqual({ '/x/a': '1' });
      const revision = await put(store, '/x/b', '2');
      await eventually(() => expect(mirror.revision).toBe(revision));
      await mirror.reached(revision);
      expect(Object.fromEntries(fold.values)).toEqual({ '/x/a': '1', '/x/b': '2' });
      expect(mirror.revision).toBe(revision);
      expect(fold.applied).toEqual([revision]);
      controller.abort();
      expect(mirror.state()).toEqual({ phase: 'stopped' });
      await put(store, '/x/c', '3');
      expect(fold.values.has('/x/c')).toBe(false);
      expect([...new Set(states)]).toEqual(['live', 'stopped']);
    });

    test('reaches a revision that changed nothing below its prefix', async () => {
      const store = await open();
      const fold = createMapFold();
      const mirror = createMirror({ store, prefix: '/x/', fold, signal: lifetime().signal });
      await mirror.synced;
      const inside = await put(store, '/x/a', '1');
      const outside = await put(store, '/y/a', '1');
      await Promise.all([mirror.reached(outside), mirror.reached(outside), mirror.reached(inside)]);
      expect(mirror.revision).toBeGreaterThanOrEqual(outside);
      expect(Object.fromEntries(fold.values)).toEqual({ '/x/a': '1' });
      // Following goes on after it.
      await mirror.reached(await put(store, '/x/b', '2'));
      expect(Object.fromEntries(fold.values)).toEqual({ '/x/a': '1', '/x/b': '2' });
    });

    test('reached rejects when its signal, or the mirror, ends', async () => {
      const store = await open();
      const controller = lifetime();
      const mirror = createMirror({ store, prefix: '/x/', fold: createMapFold(), signal: controller.signal });
      await mirror.synced;
      const mine = new AbortController();
      const first = mirror.reached(1_000_000, mine.signal);
      const second = mirror.reached(1_000_000);
      mine.abort(new Error('mine'));
      await expect(first).rejects.toThrow('mine');
      controller.abort(new Error('stopped'));
      await expect(second).rejects.toThrow('stopped');
      await expect(mirror.reached(1_000_000)).rejects.toThrow('stopped');
    });

    test('goes on when the fold throws', async () => {
      const store = await open();
      const errors: unknown[] = [];
      const seen: string[] = [];
      const mirror = createMirror({
        store,
        prefix: '/x/',
        signal: lifetime().signal,
        onFoldError: (error) => errors.push(error),
        fold: {
          reset() {
            throw new Error('reset');
          },
          apply(batch) {
            seen.push(String(batch.revision));
            throw new Error('apply');
          },
        },
      });
      await mirror.synced;
      const first = await put(store, '/x/a', '1');
      const second = await put(store, '/x/a', '2');
      await eventually(() => expect(seen).toEqual([String(first), String(second)]));
      expect(errors.map((error) => (error as Error).message)).toEqual(['reset', 'apply', 'apply']);
    });

    test('holds 10,000 keys that change while it loads, and none of the entries', async () => {
      const store = await open();
      const name = (index: number): string => `/x/${String(index).padStart(5, '0')}`;
      for (let start = 0; start < 10_000; start += 100)
        await store.transact({
          compare: [],
          success: Array.from({ length: 100 }, (_, offset): Operation => ({
            type: 'put',
            key: name(start + offset),
            value: bytes('before'),
          })),
        });
      const entries: WeakRef<object>[] = [];
      const state = new Map<string, string>();
      const writing = (async () => {
        let last = 0;
        for (let index = 0; index < 10_000; index += 97) last = await put(store, name(index), 'after');
        return last;
      })();
      const mirror = createMirror({
        store,
        prefix: '/x/',
        signal: lifetime().signal,
        fold: {
          reset(all) {
            for (const entry of all) {
              entries.push(new WeakRef(entry));
              state.set(entry.key, text(entry.value));
            }
          },
          apply(batch) {
            for (const event of batch.events) if (event.type === 'put') state.set(event.entry.key, text(event.entry.value));
          },
        },
      });
      await mirror.reached(await writing);
      expect(state.size).toBe(10_000);
      for (let index = 0; index < 10_000; index += 1) expect(state.get(name(index))).toBe(index % 97 === 0 ? 'after' : 'before');
      // The embedded store itself holds its entries: there is no second copy to look for.
      if (driver === 'etcd') {
        setFlagsFromString('--expose-gc');
        const collect = runInNewContext('gc') as () => void;
        await eventually(() => {
          collect();
          expect(entries.filter((entry) => entry.deref() !== undefined)).toEqual([]);
        });
      }
    });

    test('has the state of the store after any sequence of changes', async () => {
      const store = await open();
      const step = fc.record({ key: fc.constantFrom('/x/a', '/x/b', '/x/c/d', '/y/a'), value: fc.option(fc.string({ maxLength: 3 })) });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.nat(15), async (steps, startAfter) => {
          const fold = createMapFold();
          const controller = lifetime();
          let mirror: ReturnType<typeof createMirror> | undefined;
          let revision = (await store.range({ key: '/x/a' })).revision;
          for (const [index, { key, value }] of steps.entries()) {
            if (index === startAfter) mirror = createMirror({ store, prefix: '/x/', fold, signal: controller.signal });
            const operation: Operation = value === null ? { type: 'delete', key } : { type: 'put', key, value: bytes(value) };
            revision = (await store.transact({ compare: [], success: [operation] })).revision;
          }
          mirror ??= createMirror({ store, prefix: '/x/', fold, signal: controller.signal });
          await mirror.reached(revision);
          const { entries } = await store.range({ prefix: '/x/' });
          expect([...fold.values].toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(entries.map((entry) => [entry.key, text(entry.value)]));
          controller.abort();
        }),
        { numRuns: 30 },
      );
    });
  });
}

test('a mirror with a signal that is already aborted does nothing', async () => {
  const store = createMemoryStore();
  const fold = createMapFold();
  const mirror = createMirror({ store, prefix: '/x/', fold, signal: AbortSignal.abort(new Error('no')) });
  await expect(mirror.synced).rejects.toThrow('no');
  expect(mirror.state()).toEqual({ phase: 'stopped' });
  expect(fold.resets).toBe(0);
  await store.close();
});

test('a mirror of a closed store stays loading and ends with its signal', async () => {
  const store = createMemoryStore();
  await store.close();
  const controller = lifetime();
  const mirror = createMirror({ store, prefix: '/x/', fold: createMapFold(), signal: controller.signal });
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(mirror.state().phase).toBe('loading');
  controller.abort(new Error('enough'));
  await expect(mirror.synced).rejects.toThrow('enough');
});
