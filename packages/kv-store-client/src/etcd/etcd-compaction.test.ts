import { type EtcdServer, etcdPrograms, etcdRequirement, eventually, startEtcd, startTcpProxy, unmet } from '@seamark/testkit';
import { afterAll, assert, beforeAll, describe, expect, test } from 'vitest';
import { bytes, flat, freshPrefix, put, remove } from '../contract/contract-store.ts';
import { createMapFold } from '../contract/map-fold.ts';
import { type WatchRecorder, recordWatch } from '../contract/watch-recorder.ts';
import { createMirror } from '../create-mirror.ts';
import type { KvStore } from '../kv-store.ts';
import { createEtcdStore } from './create-etcd-store.ts';
import { compactEtcd } from './testing/etcd-admin.ts';

describe.skipIf(unmet('etcd compactions', etcdRequirement())).each(etcdPrograms())('the etcd store with the $label', ({ path }) => {
  let etcd: EtcdServer;
  let writer: KvStore;
  let watching: KvStore;
  beforeAll(async () => {
    etcd = await startEtcd({ program: path });
    writer = createEtcdStore({ endpoints: [etcd.endpoint] });
    watching = createEtcdStore({ endpoints: [etcd.endpoint] });
  });
  afterAll(async () => {
    await watching?.close();
    await writer?.close();
    await etcd?.[Symbol.asyncDispose]();
  });

  /** What `fold` holds and what the store holds, in the same form. */
  const held = (fold: ReturnType<typeof createMapFold>): string[] => [...fold.values].map(([key, value]) => `${key}=${value}`).toSorted();
  const stored = async (prefix: string): Promise<string[]> => flat(await writer.range({ prefix })).toSorted();

  describe.for([
    ['only deletes', false],
    ['deletes and puts', true],
  ] as const)('that was away during %s', ([, puts]) => {
    // Revisions of the compaction relative to the one that was missed.
    test.for([-1, 0, 1])('has the exact state after a compaction at that revision %i', async (offset) => {
      await using proxy = await startTcpProxy(etcd.port);
      const away = createEtcdStore({ endpoints: [`http://127.0.0.1:${proxy.port}`] });
      const lifetime = new AbortController();
      try {
        const prefix = freshPrefix();
        const folds = [createMapFold(), createMapFold()] as const;
        const mirror = createMirror({ store: away, prefix, fold: folds[0], signal: lifetime.signal });
        const other = createMirror({ store: away, prefix: `${prefix}gone/`, fold: folds[1], signal: lifetime.signal });
        const first = await put(writer, `${prefix}kept`, '1');
        using watch = recordWatch(away, prefix, first);
        await put(writer, `${prefix}gone/a`, '1');
        const seen = await put(writer, `${prefix}gone/b`, '1');
        await watch.reached(seen);
        await Promise.all([mirror.reached(seen), other.reached(seen)]);
        const before = watch.lines();

        proxy.refuse();
        await eventually(() => expect(mirror.state().phase).toBe('stale'));
        const { revision: missed } = await writer.transact({
          compare: [],
          success: [
            { type: 'delete', prefix: `${prefix}gone/` },
            ...(puts ? [{ type: 'put' as const, key: `${prefix}kept`, value: bytes('2') }] : []),
          ],
        });
        expect(missed).toBe(seen + 1);
        await put(writer, `${prefix}later`, '1');
        await compactEtcd(etcd.endpoint, missed + offset);
        proxy.accept();

        await eventually(async () => expect(held(folds[0])).toEqual(await stored(prefix)));
        await eventually(async () => expect(held(folds[1])).toEqual(await stored(`${prefix}gone/`)));
        const told = [`delete ${prefix}gone/a`, `delete ${prefix}gone/b`, ...(puts ? [`put ${prefix}kept=2`] : []), `put ${prefix}later=1`];
        await eventually(() =>
          expect({ lines: watch.lines().slice(before.length), compacted: watch.compacted }).toEqual(
            offset < 0 ? { lines: told, compacted: [] } : { lines: [], compacted: [missed + offset] },
          ),
        );
        expect(folds[0].resets).toBe(offset < 0 ? 1 : 2);
        await mirror.reached(await put(writer, `${prefix}after`, '1'));
        expect(held(folds[0])).toEqual(await stored(prefix));
      } finally {
        lifetime.abort();
        await away.close();
      }
    });
  });

  test.for([
    // etcd looks at a watch of the past some time after it has confirmed it.
    ['before it is confirmed', async () => {}],
    ['once it is confirmed', (watch) => eventually(() => assert(watch.connections() === 1), { everyMs: 1 })],
    ['after it has delivered', (watch, removed) => watch.reached(removed)],
  ] as const satisfies [string, (watch: WatchRecorder, removed: number) => Promise<void>][])(
    'misses nothing unsaid when its first revision is compacted %s',
    async ([, until]) => {
      for (let turn = 0; turn < 4; turn += 1) {
        const prefix = freshPrefix();
        await put(writer, `${prefix}a`, '1');
        const removed = await remove(writer, `${prefix}a`);
        using watch = recordWatch(watching, prefix, removed);
        await until(watch, removed);
        await expectAllOrCompacted(watch, prefix, removed);
      }
    },
  );

  test('misses nothing unsaid when its first revision is made and compacted while it begins', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const prefix = freshPrefix();
      const present = await put(writer, `${prefix}a`, '1');
      using watch = recordWatch(watching, prefix, present + 1);
      if (turn % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      await expectAllOrCompacted(watch, prefix, await remove(writer, `${prefix}a`));
    }
  });

  /** Compacts `removed`, at which `a` was deleted, and expects the watch to be exact or ended. */
  async function expectAllOrCompacted(watch: WatchRecorder, prefix: string, removed: number): Promise<void> {
    await compactEtcd(etcd.endpoint, removed);
    const last = await put(writer, `${prefix}b`, '1');
    await eventually(() => expect(watch.compacted.length > 0 || watch.batches.at(-1)?.revision === last).toBe(true));
    expect({ lines: watch.lines(), compacted: watch.compacted }).toEqual(
      watch.compacted.length > 0
        ? { lines: [], compacted: [removed] }
        : { lines: [`delete ${prefix}a`, `put ${prefix}b=1`], compacted: [] },
    );
  }

  test('makes a watch of the future alone without a read and in one flight of requests', async () => {
    // Of its own, so that requests of the other tests are not counted.
    await using quiet = await startEtcd({ program: path });
    const received = async (method: 'Range' | 'Watch'): Promise<number> => {
      const metrics = await (await fetch(`${quiet.endpoint}/metrics`)).text();
      return Number(metrics.match(new RegExp(`^grpc_server_msg_received_total\\{grpc_method="${method}".*\\} (\\d+)$`, 'm'))?.[1]);
    };
    const store = createEtcdStore({ endpoints: [quiet.endpoint] });
    try {
      await put(store, '/x/a', '1');
      const { revision } = await store.range({ prefix: '/x/' });
      const before = { ranges: await received('Range'), watches: await received('Watch') };
      using watch = recordWatch(store, '/x/', revision + 1);
      await eventually(() => expect(watch.connections()).toBe(1));
      await watch.reached(await put(store, '/x/b', '1'));
      expect({ ranges: await received('Range'), watches: await received('Watch') }).toEqual({
        ranges: before.ranges,
        // The watch, its witness, and the end of the witness.
        watches: before.watches + 3,
      });
    } finally {
      await store.close();
    }
  });
});
