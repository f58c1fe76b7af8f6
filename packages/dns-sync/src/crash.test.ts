import { createMemoryStore } from '@seamark/kv-store-client/embedded';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { etcdRequirement, eventually, startEtcd, startProcess, unmet } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';
import { type DnsSyncBench, dnsSyncBench } from './testing/dns-sync-bench.ts';
import { storeThatDiesAfter } from './testing/failing-store.ts';
import type { ObjectCluster } from './testing/object-cluster.ts';
import { loadBalancer } from './testing/objects.ts';

/** The records of each name in the store, ownership beside data: `{ 's1': ['host …', 'owner A'] }`. */
async function namesIn(bench: Pick<DnsSyncBench, 'stored'>): Promise<Record<string, string[]>> {
  const names: Record<string, string[]> = {};
  for (const [key, value] of Object.entries(await bench.stored())) {
    const label = key.split('/').at(-2) as string;
    const { host } = value as { host?: string };
    const owned = /^(a|aaaa)-(.+)$/.exec(label);
    (names[owned?.[2] ?? label] ??= []).push(host === undefined ? `owner ${owned?.[1]}` : `host ${host}`);
  }
  for (const list of Object.values(names)) list.sort();
  return names;
}

const services = (round: number) => (objects: ObjectCluster) => {
  for (let index = 0; index < 6; index++)
    objects.put(
      loadBalancer(`web/s${index}`, `s${index}.example.org`, [
        `10.0.${round}.${index}`,
        `10.1.${round}.${index}`,
        `2001:db8:${round}::${index + 1}`,
      ]),
    );
};

const whole = (round: number, index: number): string[] => [
  `host 10.0.${round}.${index}`,
  `host 10.1.${round}.${index}`,
  `host 2001:db8:${round}::${index + 1}`,
  'owner a',
  'owner aaaa',
];

describe('a crash between any two transactions', () => {
  test.each([0, 1, 2, 3, 4, 5])('after %i writes leaves whole names, and the next start completes the work', async (writes) => {
    const store = createMemoryStore();
    {
      await using first = await dnsSyncBench({ store, setUp: services(1) });
      expect(Object.keys(await namesIn(first))).toHaveLength(6);
    }
    {
      // The dying process moves every name to new addresses.
      await using dying = await dnsSyncBench({ store: storeThatDiesAfter(store, writes), setUp: services(2), start: false });
      await dying.sync.start(AbortSignal.timeout(20_000));
      const moved = async (): Promise<number> =>
        Object.values(await namesIn(dying)).filter((list) => list[0]?.startsWith('host 10.0.2.')).length;
      await eventually(async () => expect(await moved()).toBe(writes));
      const names = await namesIn(dying);
      for (let index = 0; index < 6; index++) expect([whole(1, index), whole(2, index)]).toContainEqual(names[`s${index}`]);
    }
    await using next = await dnsSyncBench({ store, setUp: services(2) });
    expect(await namesIn(next)).toEqual(Object.fromEntries([0, 1, 2, 3, 4, 5].map((index) => [`s${index}`, whole(2, index)])));
    await next.sync.stop();
    await store.close();
  });
});

describe.skipIf(unmet('dns-sync killed over etcd', etcdRequirement()))('kill -9 over a real etcd', () => {
  test('leaves whole names, and a restart completes them without a leftover', async () => {
    await using server = await startEtcd();
    const store = createEtcdStore({ endpoints: [server.endpoint] });
    const script = new URL('testing/sync-until-killed.ts', import.meta.url).pathname;
    for (const keys of [500, 4_000]) {
      await using child = startProcess(process.execPath, ['--conditions=@seamark/source', script, server.endpoint]);
      await child.waitForOutput(/started/);
      await eventually(async () => expect((await store.range({ prefix: '/skydns/' })).entries.length).toBeGreaterThan(keys), {
        everyMs: 5,
      });
      await child.end('SIGKILL');
      const { entries } = await store.range({ prefix: '/skydns/' });
      const names = await namesIn({
        stored: () =>
          Promise.resolve(Object.fromEntries(entries.map(({ key, value }) => [key, JSON.parse(Buffer.from(value).toString()) as unknown]))),
      });
      for (const [name, list] of Object.entries(names)) {
        expect(list, name).toHaveLength(5);
        expect(
          list.filter((each) => each.startsWith('owner')),
          name,
        ).toEqual(['owner a', 'owner aaaa']);
        expect(new Set(list.filter((each) => each.startsWith('host 10.')).map((each) => each.split('.')[1])).size, name).toBe(1);
      }
    }
    await using bench = await dnsSyncBench({ store, setUp: services(9) });
    expect(Object.keys(await namesIn(bench)).toSorted()).toEqual(['s0', 's1', 's2', 's3', 's4', 's5']);
    await bench.sync.stop();
    await store.close();
  }, 60_000);
});
