import { type EtcdServer, etcdRequirement, eventually, freePort, startEtcd, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flat, put } from '../contract/contract-store.ts';
import { recordWatch } from '../contract/watch-recorder.ts';
import { createMirror } from '../create-mirror.ts';
import { createEtcdStore } from './create-etcd-store.ts';
import { createMapFold } from '../contract/map-fold.ts';

describe.skipIf(unmet('etcd of three members', etcdRequirement()))('the etcd store on three members', () => {
  let members: EtcdServer[] = [];
  beforeAll(async () => {
    const peers = await Promise.all([0, 1, 2].map(async (index) => ({ name: `m${index}`, url: `http://127.0.0.1:${await freePort()}` })));
    const cluster = peers.map(({ name, url }) => `${name}=${url}`).join(',');
    members = await Promise.all(
      peers.map(({ name, url }) =>
        startEtcd({
          extraArgs: [
            `--name=${name}`,
            `--listen-peer-urls=${url}`,
            `--initial-advertise-peer-urls=${url}`,
            `--initial-cluster=${cluster}`,
            // Three members on a busy machine need more patience than one.
            '--heartbeat-interval=50',
            '--election-timeout=500',
          ],
        }),
      ),
    );
  });
  afterAll(async () => {
    await Promise.all(members.map((member) => member[Symbol.asyncDispose]()));
  });

  test('goes on when any one member is killed, with the watch at the place where it was', async () => {
    const store = createEtcdStore({ endpoints: members.map((member) => member.endpoint), random: () => 0 });
    const lifetime = new AbortController();
    const fold = createMapFold();
    try {
      const mirror = createMirror({ store, prefix: '/x/', fold, signal: lifetime.signal });
      const start = await put(store, '/x/start', '0');
      using watch = recordWatch(store, '/x/', start);
      await watch.reached(start);
      const lines = ['put /x/start=0'];
      for (const [index, member] of members.entries()) {
        const before = await put(store, `/x/${index}`, 'before');
        lines.push(`put /x/${index}=before`);
        await watch.reached(before);
        await member.kill();
        // The write that meets the killed member, or an election, may fail without having been done twice; the caller reads and decides.
        await eventually(async () => {
          const present = flat(await store.range({ key: `/x/${index}` }));
          if (present[0] !== `/x/${index}=after`) await put(store, `/x/${index}`, 'after');
        });
        lines.push(`put /x/${index}=after`);
        await mirror.reached((await store.range({ prefix: '/x/' })).revision);
        await eventually(() => expect(watch.lines()).toEqual(lines));
        await member.restart();
      }
      expect(Object.fromEntries(fold.values)).toEqual({ '/x/start': '0', '/x/0': 'after', '/x/1': 'after', '/x/2': 'after' });
      expect(watch.interruptions.length).toBeGreaterThan(0);
      expect(watch.compacted).toEqual([]);
    } finally {
      lifetime.abort();
      await store.close();
    }
  });

  test('leaves a member that has gone silent for one that answers', async () => {
    const store = createEtcdStore({ endpoints: members.map((member) => member.endpoint), random: () => 0, requestTimeoutMs: 8_000 });
    const silent = members[0] as EtcdServer;
    try {
      const start = await put(store, '/y/a', '1');
      using watch = recordWatch(store, '/y/', start);
      await watch.reached(start);
      process.kill(silent.pid, 'SIGSTOP');
      try {
        expect(flat(await store.range({ prefix: '/y/' }))).toEqual(['/y/a=1']);
        const second = await eventually(() => put(store, '/y/b', '2'));
        await eventually(() => expect(watch.batches.at(-1)?.revision).toBe(second), { timeoutMs: 15_000 });
        expect(watch.lines()).toEqual(['put /y/a=1', 'put /y/b=2']);
      } finally {
        process.kill(silent.pid, 'SIGCONT');
      }
    } finally {
      await store.close();
    }
  });

  test('tells that a request was refused only after every endpoint was tried', async () => {
    const store = createEtcdStore({
      endpoints: [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`, (members[1] as EtcdServer).endpoint],
      random: () => 0,
    });
    try {
      expect((await store.range({ prefix: '/none/' })).entries).toEqual([]);
    } finally {
      await store.close();
    }
  });
});
