import { createServer, type Socket } from 'node:net';
import { etcdRequirement, eventually, freePort, startEtcd, startTcpProxy, temporaryFolder, type EtcdServer, unmet } from '@seamark/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { bytes, flat, put, text } from '../contract/contract-store.ts';
import { eventLine, recordWatch } from '../contract/watch-recorder.ts';
import { createMirror } from '../create-mirror.ts';
import type { KvStore } from '../kv-store.ts';
import { createEtcdStore } from './create-etcd-store.ts';
import { compactEtcd } from './testing/etcd-admin.ts';
import { createMapFold } from '../contract/map-fold.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function serve(options: Parameters<typeof startEtcd>[0] = {}): Promise<EtcdServer> {
  const etcd = await startEtcd(options);
  cleanups.push(() => etcd[Symbol.asyncDispose]());
  return etcd;
}
function open(options: Parameters<typeof createEtcdStore>[0]): KvStore {
  const store = createEtcdStore(options);
  cleanups.push(() => store.close());
  return store;
}
function lifetime(): AbortSignal {
  const controller = new AbortController();
  cleanups.push(() => controller.abort(new Error('the test is over')));
  return controller.signal;
}
const latest = { prefix: '/x/' };

describe.skipIf(unmet('etcd outages', etcdRequirement()))('the etcd store', () => {
  test('can be made while etcd is absent: requests fail at their deadline, watches and mirrors wait and then work', async () => {
    const port = await freePort();
    const store = open({ endpoints: [`127.0.0.1:${port}`], requestTimeoutMs: 1_000 });
    const fold = createMapFold();
    const mirror = createMirror({ store, prefix: '/x/', fold, signal: lifetime() });
    using watch = recordWatch(store, '/x/', 1);
    await expect(store.range(latest)).rejects.toMatchObject({
      code: 'SM_STORE_UNAVAILABLE',
      message: `etcd at http://127.0.0.1:${port} did not answer within 1000 ms: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
    await expect(put(store, '/x/a', '1')).rejects.toMatchObject({ code: 'SM_STORE_UNAVAILABLE' });
    await expect(store.range(latest, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'SM_STORE_UNAVAILABLE' });
    const reason = new Error('enough');
    const controller = new AbortController();
    const waiting = store.range(latest, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(waiting).rejects.toBe(reason);
    await eventually(() => expect(watch.interruptions).toHaveLength(1));
    expect(mirror.state().phase).toBe('loading');

    await serve({ port });
    await mirror.synced;
    const revision = await eventually(() => put(store, '/x/a', '1'));
    await watch.reached(revision);
    await mirror.reached(revision);
    expect(fold.values).toEqual(new Map([['/x/a', '1']]));
    expect(watch.lines()).toEqual(['put /x/a=1']);
  });

  test('goes on after etcd was killed and restarted with its data, without a gap', async () => {
    const etcd = await serve();
    const store = open({ endpoints: [etcd.endpoint] });
    const fold = createMapFold();
    const mirror = createMirror({ store, prefix: '/x/', fold, signal: lifetime() });
    const first = await put(store, '/x/a', '1');
    using watch = recordWatch(store, '/x/', first);
    await watch.reached(first);
    await mirror.reached(first);
    await etcd.kill();
    await eventually(() => expect(mirror.state()).toMatchObject({ phase: 'stale', revision: first }));
    expect(fold.values).toEqual(new Map([['/x/a', '1']]));
    await etcd.restart();
    const second = await put(store, '/x/a', '2');
    await watch.reached(second);
    await eventually(() => expect(mirror.revision).toBe(second));
    expect(watch.lines()).toEqual(['put /x/a=1', 'put /x/a=2']);
    expect(watch.interruptions).toHaveLength(1);
    expect(mirror.state()).toEqual({ phase: 'live', revision: second });
    expect(fold.resets).toBe(1);
  });

  test('gives up an attempt to connect that hangs after one was refused', async () => {
    const etcd = await serve();
    const store = open({ endpoints: [etcd.endpoint], dialTimeoutMs: 500 });
    const first = await put(store, '/x/a', '1');
    using watch = recordWatch(store, '/x/', first);
    await watch.reached(first);
    await etcd.kill();
    await eventually(() => expect(watch.interruptions).toHaveLength(1));
    // As a pod's address that nobody has any more: the connection is taken, or so it seems, and nothing ever comes.
    const hanging = new Set<Socket>();
    const silent = createServer((socket) => void hanging.add(socket.on('error', () => undefined)));
    cleanups.push(() => {
      for (const socket of hanging) socket.destroy();
    });
    await new Promise<void>((resolve) => silent.listen(Number(new URL(etcd.endpoint).port), '127.0.0.1', resolve));
    await eventually(() => expect(hanging.size).toBeGreaterThan(0));
    silent.close();
    await etcd.restart();
    // By another store: a request of its own would give up the attempt, too.
    await watch.reached(await put(open({ endpoints: [etcd.endpoint] }), '/x/a', '2'));
    expect(watch.lines()).toEqual(['put /x/a=1', 'put /x/a=2']);
  });

  test('tells a watch about a compaction while it was away, and a mirror reads everything again', async () => {
    const etcd = await serve();
    await using proxy = await startTcpProxy(etcd.port);
    const away = open({ endpoints: [`http://127.0.0.1:${proxy.port}`] });
    const writer = open({ endpoints: [etcd.endpoint] });
    const fold = createMapFold();
    const mirror = createMirror({ store: away, prefix: '/x/', fold, signal: lifetime() });
    const first = await put(writer, '/x/a', '1');
    await put(writer, '/x/gone', '1');
    using watch = recordWatch(away, '/x/', first);
    await watch.reached(first + 1);
    await mirror.reached(first + 1);
    proxy.refuse();
    await eventually(() => expect(mirror.state().phase).toBe('stale'));
    await writer.transact({ compare: [], success: [{ type: 'delete', key: '/x/gone' }] });
    await put(writer, '/x/a', '2');
    const last = await put(writer, '/x/b', '1');
    await compactEtcd(etcd.endpoint, last);
    proxy.accept();
    await mirror.reached(last);
    await eventually(() => expect(watch.compacted).toEqual([last]));
    expect(watch.lines()).toEqual(['put /x/a=1', 'put /x/gone=1']);
    expect(Object.fromEntries(fold.values)).toEqual({ '/x/a': '2', '/x/b': '1' });
    const after = await put(writer, '/x/c', '1');
    await mirror.reached(after);
    expect(Object.fromEntries(fold.values)).toEqual({ '/x/a': '2', '/x/b': '1', '/x/c': '1' });
    expect(watch.compacted).toEqual([last]);
  });

  test('notices an etcd that came back empty, and a mirror reads everything again', async () => {
    using folder = temporaryFolder('emptied');
    const port = await freePort();
    const before = await serve({ port, dataFolder: `${folder.path}/before` });
    const store = open({ endpoints: [before.endpoint] });
    const fold = createMapFold();
    const mirror = createMirror({ store, prefix: '/x/', fold, signal: lifetime() });
    for (let index = 0; index < 20; index += 1) await put(store, `/x/${index}`, 'old');
    await mirror.reached((await store.range(latest)).revision);
    await before.kill();
    await serve({ port, dataFolder: `${folder.path}/after` });
    const writer = open({ endpoints: [before.endpoint] });
    await put(writer, '/x/new', '1');
    await eventually(() => expect(Object.fromEntries(fold.values)).toEqual({ '/x/new': '1' }));
    expect(mirror.state()).toMatchObject({ phase: 'live', revision: 2 });
    await put(writer, '/x/new', '2');
    await eventually(() => expect(Object.fromEntries(fold.values)).toEqual({ '/x/new': '2' }));
  });

  test('notices a server that has gone silent, bounds requests meanwhile, and goes on when it wakes', async () => {
    const etcd = await serve();
    const store = open({ endpoints: [etcd.endpoint], requestTimeoutMs: 500 });
    const first = await put(store, '/x/a', '1');
    using watch = recordWatch(store, '/x/', first);
    await watch.reached(first);
    const lease = await store.grantLease(1);
    process.kill(etcd.pid, 'SIGSTOP');
    try {
      await expect(store.range(latest)).rejects.toMatchObject({ code: 'SM_STORE_UNAVAILABLE' });
      await expect(put(store, '/x/a', 'x')).rejects.toMatchObject({
        code: 'SM_STORE_UNAVAILABLE',
        message: expect.stringMatching(/did not answer within 500 ms.*; it is unknown whether the transaction was applied$/),
      });
      await eventually(() => expect(lease.lost.aborted).toBe(true));
      await eventually(() => expect(watch.interruptions).toHaveLength(1), { timeoutMs: 15_000 });
    } finally {
      process.kill(etcd.pid, 'SIGCONT');
    }
    const second = await eventually(() => put(store, '/x/b', '2'));
    await watch.reached(second);
    const { entries } = await store.range(latest);
    // The write that timed out may have been done by the sleeping server; the watch must agree with the store in either case.
    expect(watch.batches.map((batch) => batch.revision)).toEqual([...new Set(watch.batches.map((batch) => batch.revision))]);
    expect(watch.lines().at(-1)).toBe('put /x/b=2');
    const folded = new Map(
      watch.batches.flatMap(({ events }) =>
        events.flatMap((event) => (event.type === 'put' ? [[event.entry.key, text(event.entry.value)] as const] : [])),
      ),
    );
    expect([...folded].map(([key, value]) => `${key}=${value}`).toSorted()).toEqual(
      entries.map((entry) => `${entry.key}=${text(entry.value)}`),
    );
  });

  test('loses, doubles and reorders nothing while its connection is cut again and again', async () => {
    const etcd = await serve();
    await using proxy = await startTcpProxy(etcd.port);
    const watched = open({ endpoints: [`http://127.0.0.1:${proxy.port}`] });
    const writer = open({ endpoints: [etcd.endpoint] });
    const start = (await writer.range(latest)).revision;
    using watch = recordWatch(watched, '/x/', start + 1);
    const fold = createMapFold();
    const mirror = createMirror({ store: watched, prefix: '/x/', fold, signal: lifetime() });
    await mirror.synced;
    const writing = new AbortController();
    const cutter = (async () => {
      for (let cuts = 0; !writing.signal.aborted || cuts < 12; cuts += 1) {
        await new Promise((resolve) => setTimeout(resolve, 20 + ((cuts * 37) % 130)));
        proxy.cut();
      }
    })();
    const revisions: number[] = [];
    const value = bytes('v'.repeat(2_000));
    const write = async (name: number): Promise<void> => {
      for (let turn = 0; turn < 300; turn += 1) {
        const { revision } = await writer.transact({
          compare: [],
          success: [
            { type: 'put', key: `/x/${name}/${turn % 20}`, value: bytes(`${name}-${turn}`) },
            ...(turn % 5 === 0
              ? [{ type: 'delete' as const, key: `/x/shared/${turn % 7}` }]
              : [{ type: 'put' as const, key: `/x/shared/${turn % 7}`, value }]),
          ],
        });
        revisions.push(revision);
      }
    };
    await Promise.all([0, 1, 2, 3].map(write));
    writing.abort();
    await cutter;
    const last = revisions.toSorted((a, b) => a - b).at(-1) as number;
    await watch.reached(last);
    await eventually(() => expect(mirror.revision).toBe(last));
    expect(watch.batches.map((batch) => batch.revision)).toEqual(revisions.toSorted((a, b) => a - b));
    expect(watch.interruptions.length).toBeGreaterThan(3);
    const history = recordWatch(writer, '/x/', start + 1);
    await history.reached(last);
    history.abort();
    expect(watch.batches.flatMap((batch) => batch.events.map(eventLine))).toEqual(history.lines());
    const final = flat(await writer.range(latest));
    expect([...fold.values].map(([key, entry]) => `${key}=${entry}`).toSorted()).toEqual(final.toSorted());
    expect(fold.resets).toBe(1);
  });

  test('applies a write at most once, and exactly once when it was acknowledged, however often the connection is cut', async () => {
    const etcd = await serve();
    await using proxy = await startTcpProxy(etcd.port);
    const store = open({ endpoints: [`http://127.0.0.1:${proxy.port}`] });
    const acknowledged = new Set<string>();
    const doubtful = new Set<string>();
    const writing = new AbortController();
    const cutter = (async () => {
      while (!writing.signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, 15));
        proxy.cut();
      }
    })();
    const writer = async (name: number): Promise<void> => {
      for (let turn = 0; turn < 100; turn += 1) {
        const key = `/once/${name}/${turn}`;
        await put(store, key, 'x').then(
          () => acknowledged.add(key),
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'SM_STORE_UNAVAILABLE', message: expect.stringContaining('unknown whether') });
            doubtful.add(key);
          },
        );
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, name) => writer(name)));
    writing.abort();
    await cutter;
    const entries = new Map((await store.range({ prefix: '/once/' })).entries.map((entry) => [entry.key, entry.version]));
    for (const key of acknowledged) expect([key, entries.get(key)]).toEqual([key, 1]);
    for (const key of doubtful) expect([undefined, 1]).toContain(entries.get(key));
    expect(proxy.accepted).toBeGreaterThan(3);
  });
});
