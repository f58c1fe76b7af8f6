import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DurableLog, openDurableLog } from '@seamark/common/durable-log';
import { systemClock } from '@seamark/common/controller';
import { eventually, startProcess, temporaryFolder } from '@seamark/testkit';
import type { TemporaryFolder } from '@seamark/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytes, flat, put, remove } from '../contract/contract-store.ts';
import type { ContractStore } from '../contract/contract-store.ts';
import { recordWatch } from '../contract/watch-recorder.ts';
import { kvStoreContract } from '../kv-store-contract.ts';
import { OpenStore } from './embedded-store.ts';
import { createMemoryStore, openEmbeddedStore } from './open-embedded-store.ts';
import { encodeChanges } from './store-record.ts';
import { VersionedState } from './versioned-state.ts';

kvStoreContract('the embedded store', async (): Promise<ContractStore> => {
  const folder = temporaryFolder('embedded-store');
  // A small bound, so that the data file is compacted time and again while the contract is tested.
  const open = () => openEmbeddedStore({ folder: folder.path, minCompactionBytes: 50_000 });
  let store = await open();
  return {
    get store() {
      return store;
    },
    answersProgress: true,
    compact: (revision) => store.compactHistory(revision),
    async reopen() {
      await store.close();
      store = await open();
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      folder[Symbol.dispose]();
    },
  };
});

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder('embedded-store');
});
afterEach(() => folder[Symbol.dispose]());

describe('a store on disk', () => {
  test('keeps entries, revisions, history and the compact revision through a compaction of its file', async () => {
    const options = { folder: folder.path, minCompactionBytes: 3_000, historyRevisions: 20 };
    let store = await openEmbeddedStore(options);
    const file = join(folder.path, 'store.log');
    let largest = 0;
    for (let index = 0; index < 300; index++) {
      if (index % 3 === 2) await remove(store, `k${(index - 2) % 10}`);
      else await put(store, `k${index % 10}`, `value ${index}`);
      largest = Math.max(largest, readFileSync(file).length);
    }
    expect(largest).toBeLessThan(20_000);
    const now = await store.range({ prefix: '' });
    const past = await store.range({ prefix: '' }, { revision: now.revision - 10 });
    await store.close();
    store = await openEmbeddedStore(options);
    expect(await store.range({ prefix: '' })).toEqual(now);
    expect(await store.range({ prefix: '' }, { revision: now.revision - 10 })).toEqual(past);
    await expect(store.range({ prefix: '' }, { revision: now.revision - 30 })).rejects.toMatchObject({ code: 'SM_STORE_COMPACTED' });
    expect(await put(store, 'k', 'next')).toBe(now.revision + 1);
    await store.close();
  });

  test('never goes back in revisions, also when everything has been deleted and compacted', async () => {
    const options = { folder: folder.path, minCompactionBytes: 500, historyRevisions: 1 };
    let store = await openEmbeddedStore(options);
    for (let index = 0; index < 50; index++) await put(store, 'key', String(index));
    const last = await remove(store, 'key');
    await store.close();
    store = await openEmbeddedStore(options);
    expect(await store.range({ prefix: '' })).toEqual({ revision: last, entries: [] });
    await store.close();
  });

  test('is held by one process at a time', async () => {
    const store = await openEmbeddedStore({ folder: folder.path });
    await expect(openEmbeddedStore({ folder: folder.path })).rejects.toMatchObject({ code: 'SM_STORE_LOCKED' });
    await store.close();
    await (await openEmbeddedStore({ folder: folder.path })).close();
    expect(readdirSync(folder.path)).toEqual(['store.log']);
  });

  test('that is damaged is refused, and the folder is free afterwards', async () => {
    const store = await openEmbeddedStore({ folder: folder.path });
    for (const key of ['a', 'b', 'c']) await put(store, key, 'value');
    await store.close();
    const file = join(folder.path, 'store.log');
    const content = readFileSync(file);
    content[40] = (content[40] ?? 0) ^ 1;
    writeFileSync(file, content);
    await expect(openEmbeddedStore({ folder: folder.path })).rejects.toMatchObject({
      code: 'SM_STORE_CORRUPT',
      message: expect.stringContaining(file) as string,
    });
    expect(readdirSync(folder.path)).toEqual(['store.log']);
  });

  test.each([
    ['of a later version', Buffer.from([99]), 'record 2 does not belong there: record type 99 is unknown'],
    [
      'that leaves revisions out',
      encodeChanges({ revision: 9, events: [{ type: 'delete', key: 'a', modRevision: 9 }] }),
      'record 2 does not belong there: revision 9 follows 2',
    ],
  ])('with a record %s is refused', async (_, record, message) => {
    const store = await openEmbeddedStore({ folder: folder.path });
    await put(store, 'a', '1');
    await store.close();
    const { log } = await openDurableLog(join(folder.path, 'store.log'));
    await log.append(record);
    await log.close();
    await expect(openEmbeddedStore({ folder: folder.path })).rejects.toMatchObject({
      code: 'SM_STORE_CORRUPT',
      message: expect.stringContaining(message) as string,
    });
  });

  test('expires the leases of the process before after a whole TTL, and keeps its own', async () => {
    let nowMs = 0;
    const timers: { atMs: number; callback: () => void }[] = [];
    const clock = {
      ...systemClock,
      monotonicMs: () => nowMs,
      schedule: (delayMs: number, callback: () => void) => {
        const timer = { atMs: nowMs + delayMs, callback };
        timers.push(timer);
        return { [Symbol.dispose]: () => void timers.splice(timers.indexOf(timer), 1) };
      },
    };
    const advanceTo = (ms: number): void => {
      nowMs = ms;
      for (const timer of timers.filter(({ atMs }) => atMs <= ms)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.callback();
      }
    };
    let store = await openEmbeddedStore({ folder: folder.path, clock });
    const former = await store.grantLease(30);
    // Longer than Node's longest timer: it would fire at once.
    const long = await store.grantLease(40 * 24 * 3600);
    await put(store, 'former', '1', former.id);
    await put(store, 'long', '1', long.id);
    await store.close();
    expect(former.lost.aborted).toBe(true);
    nowMs = 1_000_000;
    store = await openEmbeddedStore({ folder: folder.path, clock });
    const own = await store.grantLease(1);
    await put(store, 'own', '1', own.id);
    advanceTo(1_029_999);
    expect(flat(await store.range({ prefix: '' }))).toEqual(['former=1', 'long=1', 'own=1']);
    advanceTo(1_030_000);
    await eventually(async () => expect(flat(await store.range({ prefix: '' }))).toEqual(['long=1', 'own=1']));
    advanceTo(1_000_000 + 2 ** 31);
    expect(flat(await store.range({ prefix: '' }))).toEqual(['long=1', 'own=1']);
    advanceTo(1_000_000 + 40 * 24 * 3600 * 1000);
    await eventually(async () => expect(flat(await store.range({ prefix: '' }))).toEqual(['own=1']));
    await store.close();
  });
});

describe('kill -9', () => {
  test('at any moment loses no acknowledged transaction, applies none in part, and never reuses a revision', async () => {
    let last = 0;
    for (let round = 0; round < 20; round++) {
      const program = join(import.meta.dirname, 'fixtures', 'transact-until-killed.ts');
      const running = startProcess(process.execPath, ['--conditions=@seamark/source', program, folder.path]);
      await running.waitForOutput(/\n/);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 80));
      expect(await running.end('SIGKILL'), running.output()).toBe('SIGKILL');
      const lines = running
        .output()
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split(' ').map(Number) as [number, number]);
      const store = await openEmbeddedStore({ folder: folder.path });
      const { entries, revision } = await store.range({ prefix: '' });
      const values = new Map(entries.map((entry) => [entry.key, Buffer.from(entry.value).toString()]));
      const found = Number(values.get('left'));
      expect(found).toBeGreaterThanOrEqual(Math.max(...lines.map(([number]) => number)));
      expect(found).toBeGreaterThan(last);
      // Each transaction was one revision, so an earlier number at its revision shows that none was given twice.
      for (const [number, at] of lines) expect(at - number).toBe(1);
      expect(revision).toBe(found + 1);
      const expected = Array.from({ length: Math.min(50, found) }, (_, index) => found - index);
      expect(values).toEqual(
        new Map([
          ['left', String(found)],
          ['right', String(found)],
          ...expected.map((number) => [`log/${number}`, Buffer.alloc(number % 700, String(number)).toString()] as const),
        ]),
      );
      last = found;
      await store.close();
    }
    expect(last).toBeGreaterThan(500);
  });
});

/** A log whose writes finish when the test says so. */
function manualLog(): DurableLog & { settle(error?: Error): void } {
  let pending: PromiseWithResolvers<void>[] = [];
  return {
    sizeBytes: 0,
    append() {
      const settle = Promise.withResolvers<void>();
      pending.push(settle);
      return settle.promise;
    },
    settle(error) {
      for (const one of pending) {
        if (error === undefined) one.resolve();
        else one.reject(error);
      }
      pending = [];
    },
    compact: async () => undefined,
    close: async () => undefined,
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('durability', () => {
  const parts = {
    description: 'a store',
    clock: systemClock,
    random: Math.random,
    logger: undefined,
    minCompactionBytes: 1e9,
    release: async () => undefined,
  };
  const open = (log: DurableLog): OpenStore => new OpenStore({ ...parts, log, state: new VersionedState({ revisions: 100, bytes: 1e6 }) });

  test('nobody learns of a change before it is durable: not its writer, not readers, not failed compares, not watches', async () => {
    const log = manualLog();
    await using closing = { store: open(log), [Symbol.asyncDispose]: () => closing.store.close() };
    const { store } = closing;
    using watch = recordWatch(store, '', 1);
    const learned: string[] = [];
    const say = (what: string) => () => void learned.push(what);
    void put(store, 'key', '1').then(say('writer'));
    void store.range({ key: 'key' }).then(say('reader'));
    void store.transact({ compare: [{ key: 'key', target: 'version', op: '=', value: 0 }], success: [] }).then(say('compare'));
    watch.watch.requestProgress();
    await turn();
    expect({ learned, batches: watch.batches, progress: watch.progress }).toEqual({ learned: [], batches: [], progress: [] });
    log.settle();
    await turn();
    expect(learned.toSorted()).toEqual(['compare', 'reader', 'writer']);
    expect({ lines: watch.lines(), progress: watch.progress }).toEqual({ lines: ['put key=1'], progress: [2] });
  });

  test('a watch that starts while a write is under way sees it once, when it is durable', async () => {
    const log = manualLog();
    const store = open(log);
    const written = put(store, 'key', '1');
    using watch = recordWatch(store, '', 1);
    await turn();
    expect(watch.lines()).toEqual([]);
    log.settle();
    await written;
    expect(watch.lines()).toEqual(['put key=1']);
    await store.close();
  });

  test('after a failed write, what was not durable is gone, reads and watches go on, and writes are refused with the first error', async () => {
    const log = manualLog();
    const store = open(log);
    const first = put(store, 'a', '1');
    log.settle();
    await first;
    using watch = recordWatch(store, '', 1);
    const failing = [put(store, 'a', '2'), put(store, 'b', '1'), remove(store, 'a')];
    const failure = new Error('no space left on device');
    log.settle(failure);
    for (const result of await Promise.allSettled(failing)) expect(result).toEqual({ status: 'rejected', reason: failure });
    expect(await store.range({ prefix: '' })).toMatchObject({ revision: 2, entries: [{ key: 'a', version: 1, value: Buffer.from('1') }] });
    await expect(put(store, 'c', '1')).rejects.toBe(failure);
    await expect(store.grantLease(1)).rejects.toBe(failure);
    expect(watch.lines()).toEqual(['put a=1']);
    await store.close();
  });

  test('a request that is aborted while the disk writes rejects at once', async () => {
    const log = manualLog();
    const store = open(log);
    const controller = new AbortController();
    const waiting = store.transact({ compare: [], success: [{ type: 'put', key: 'a', value: bytes('1') }] }, { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    const late = store.range({ prefix: '' }, { signal: AbortSignal.timeout(1) });
    await expect(late).rejects.toMatchObject({ code: 'SM_STORE_UNAVAILABLE' });
    log.settle();
    expect(flat(await store.range({ prefix: '' }))).toEqual(['a=1']);
    await store.close();
  });
});

describe('a store in memory', () => {
  test('does all that one on disk does, and forgets', async () => {
    const store = createMemoryStore();
    using watch = recordWatch(store, 'a', 1);
    const revision = await put(store, 'a', '1');
    await watch.reached(revision);
    expect(watch.lines()).toEqual(['put a=1']);
    expect(store.description).toBe('embedded store in memory');
    await store.close();
    expect((await openEmbeddedStore()).description).toBe('embedded store in memory');
  });

  test('keeps history within its bounds by revisions and by bytes, and always the last revision', async () => {
    for (const limits of [{ historyRevisions: 3 }, { historyBytes: 300 }]) {
      const store = createMemoryStore(limits);
      let revision = 0;
      for (let index = 0; index < 10; index++) revision = await put(store, 'k', 'x'.repeat(99));
      await expect(store.range({ key: 'k' }, { revision: revision - 3 })).rejects.toMatchObject({ code: 'SM_STORE_COMPACTED' });
      expect((await store.range({ key: 'k' }, { revision: revision - 2 })).entries).toMatchObject([{ modRevision: revision - 2 }]);
      using watch = recordWatch(store, '', revision - 2);
      await watch.reached(revision);
      expect(watch.batches.map((batch) => batch.revision)).toEqual([revision - 2, revision - 1, revision]);
      const large = await put(store, 'k', 'y'.repeat(1000));
      using last = recordWatch(store, '', large);
      await last.reached(large);
      expect(last.compacted).toEqual([]);
      await store.close();
    }
  });

  test('keeps its own copy of values', async () => {
    const store = createMemoryStore();
    const value = bytes('before');
    await store.transact({ compare: [], success: [{ type: 'put', key: 'k', value }] });
    value.fill(0);
    expect(flat(await store.range({ key: 'k' }))).toEqual(['k=before']);
    await store.close();
  });

  test.each([
    ['a put without a key', { compare: [], success: [{ type: 'put', key: '', value: bytes('') }] }],
    ['a delete without a key', { compare: [], success: [], failure: [{ type: 'delete', key: '' }] }],
    ['a compare without a key', { compare: [{ key: '', target: 'version', op: '=', value: 0 }], success: [] }],
    ['half a surrogate pair in a key', { compare: [], success: [{ type: 'put', key: '\ud83d', value: bytes('') }] }],
    ['half a surrogate pair in a prefix', { compare: [], success: [{ type: 'delete', prefix: '\ud83d' }] }],
    ['more than 64 MiB', { compare: [], success: [{ type: 'put', key: 'k', value: new Uint8Array(64 * 2 ** 20) }] }],
  ] as const)('refuses %s', async (_, transaction) => {
    const store = createMemoryStore();
    await expect(store.transact(transaction)).rejects.toMatchObject({ code: 'SM_STORE_REJECTED' });
    expect((await store.range({ prefix: '' })).revision).toBe(1);
    await store.close();
  });
});
