import type { Endpoint, RecordType } from '@seamark/common/model';
import type { KvStore } from '@seamark/kv-store-client';
import { createMemoryStore } from '@seamark/kv-store-client/embedded';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { type EtcdServer, etcdRequirement, startEtcd, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dnsSyncBench } from '../../testing/dns-sync-bench.ts';
import { loadBalancer } from '../../testing/objects.ts';
import { createEtcdProvider } from './etcd-provider.ts';

const drivers = [
  { driver: 'the embedded store', skip: false },
  { driver: 'etcd', skip: unmet('dns-sync over etcd', etcdRequirement()) },
];

for (const { driver, skip } of drivers) {
  describe.skipIf(skip)(`over ${driver}`, () => {
    let server: EtcdServer | undefined;
    let store: KvStore;
    beforeAll(async () => {
      if (driver === 'etcd') server = await startEtcd();
      store = server === undefined ? createMemoryStore() : createEtcdStore({ endpoints: [server.endpoint] });
    });
    afterAll(async () => {
      await store.close();
      await server?.[Symbol.asyncDispose]();
    });
    let counter = 0;
    const freshPrefix = (): string => `/test${counter++}/`;

    test('names are written, changed and removed, and a prefix of several segments is no matter', async () => {
      const prefix = `${freshPrefix()}deep/er/`;
      await using bench = await dnsSyncBench({ store, prefix });
      for (let index = 0; index < 300; index++)
        bench.objects.put(loadBalancer(`web/s${index}`, `s${index}.example.org`, [`10.0.0.${index & 255}`]));
      await bench.sync.idle();
      expect(Object.keys(await bench.stored(prefix))).toHaveLength(600);
      for (let index = 0; index < 300; index += 2) bench.objects.remove('Service', 'web', `s${index}`);
      for (let index = 1; index < 300; index += 2) bench.objects.put(loadBalancer(`web/s${index}`, `s${index}.example.org`, ['192.0.2.1']));
      await bench.sync.idle();
      const values = Object.values(await bench.stored(prefix)) as { host?: string }[];
      expect(values).toHaveLength(300);
      expect(values.filter((value) => value.host === '192.0.2.1')).toHaveLength(150);
    });

    test('of two writers with different owners exactly one gets each name', async () => {
      const prefix = freshPrefix();
      await using a = await dnsSyncBench({ store, prefix, txtOwnerId: 'a' });
      await using b = await dnsSyncBench({ store, prefix, txtOwnerId: 'b' });
      for (let index = 0; index < 100; index++) {
        a.objects.put(loadBalancer('web/a' + index, `s${index}.example.org`, ['192.0.2.1']));
        b.objects.put(loadBalancer('web/b' + index, `s${index}.example.org`, ['192.0.2.2']));
      }
      await Promise.all([a.sync.idle(), b.sync.idle()]);
      const values = Object.values(await a.stored(prefix)) as { host?: string; text?: string }[];
      expect(values).toHaveLength(200);
      expect([...a.sync.published()].length + [...b.sync.published()].length).toBe(100);
      const refused = [...a.decisions(), ...b.decisions()].filter((line) => line.includes('may not change it'));
      expect(refused).toHaveLength(100);
      // What one gives up, the other gets at once.
      for (let index = 0; index < 100; index++) a.objects.remove('Service', 'web', `a${index}`);
      await a.sync.idle();
      await expect.poll(() => [...b.sync.published()].length, { timeout: 10_000 }).toBe(100);
      expect((await store.range({ prefix })).entries.filter((entry) => Buffer.from(entry.value).toString().includes('owner=a'))).toEqual(
        [],
      );
    });

    test('two writers with one owner id and one wish agree', async () => {
      const prefix = freshPrefix();
      const setUp = (objects: { put(object: ReturnType<typeof loadBalancer>): void }): void => {
        for (let index = 0; index < 50; index++)
          objects.put(loadBalancer('web/s' + index, `s${index}.example.org`, ['192.0.2.1', '192.0.2.2']));
      };
      const benches = await Promise.all([dnsSyncBench({ store, prefix, setUp }), dnsSyncBench({ store, prefix, setUp })]);
      const { entries } = await store.range({ prefix });
      expect(entries).toHaveLength(150);
      expect(entries.every((entry) => entry.version === 1)).toBe(true);
      for (const bench of benches) await bench[Symbol.asyncDispose]();
    });

    test('names below one another, wildcards and reverse names keep apart', async () => {
      const prefix = freshPrefix();
      await using bench = await dnsSyncBench({ store, prefix, managedRecordTypes: ['A', 'PTR', 'TXT', 'CNAME'] });
      bench.objects.put(loadBalancer('web/parent', 'foo.example.org', ['192.0.2.1']));
      bench.objects.put(loadBalancer('web/child', 'a.foo.example.org,foobar.example.org,*.foo.example.org', ['192.0.2.2']));
      bench.objects.put({
        apiVersion: 'externaldns.k8s.io/v1alpha1',
        kind: 'DNSEndpoint',
        metadata: { namespace: 'web', name: 'reverse' },
        spec: { endpoints: [{ dnsName: '1.2.0.192.in-addr.arpa', recordType: 'PTR', targets: ['foo.example.org'] }] },
      } as never);
      await bench.sync.idle();
      bench.objects.remove('Service', 'web', 'parent');
      await bench.sync.idle();
      const stored = await bench.stored(prefix);
      const hosts = Object.entries(stored).flatMap(([key, value]) =>
        (value as { host?: string }).host === undefined ? [] : [key.slice(prefix.length).replace(/\/[0-9a-f]{8}$/, '')],
      );
      expect(hosts.toSorted()).toEqual(['arpa/in-addr/192/0/2/1', 'org/example/foo/*', 'org/example/foo/a', 'org/example/foobar']);
      expect(stored[`${prefix}arpa/in-addr/192/0/2/ptr-1`]).toEqual({
        text: '"heritage=external-dns,external-dns/owner=default,external-dns/resource=crd/web/reverse"',
      });
    });
  });
}

describe('what SkyDNS cannot hold', () => {
  const provider = createEtcdProvider({ store: createMemoryStore() });
  const open = provider.open({
    ownership: { kind: 'none', ownerId: '' },
    logger: { debug() {}, info() {}, warn() {}, error() {}, child: () => undefined as never },
    clock: { monotonicMs: () => 0, wallMs: () => 0, schedule: () => ({ [Symbol.dispose]() {} }) },
    signal: new AbortController().signal,
  });
  const endpoint = (recordType: RecordType, targets: readonly string[], more: Partial<Endpoint> = {}): Endpoint => ({
    dnsName: 'x.example.org',
    recordType,
    targets,
    labels: {},
    providerSpecific: [],
    ...more,
  });

  test.each<[Endpoint, string]>([
    [endpoint('NS', ['ns1.example.org']), 'ns.dns.<zone>'],
    [endpoint('NAPTR', ['1 1 "S" "" "" x.']), 'cannot hold NAPTR'],
    [endpoint('A', ['192.0.2.1'], { setIdentifier: 'blue' }), 'set identifiers'],
    [endpoint('PTR', ['a.example.org', 'b.example.org']), 'one target'],
    [endpoint('SRV', ['0 1 80 a.', '5 1 80 b.']), 'priority 0'],
    [endpoint('SRV', ['1 0 80 a.', '1 5 80 b.']), 'weight 0'],
    [endpoint('SRV', ['1 1 0 a.']), 'port 0'],
    [endpoint('MX', ['0 a', '10 b']), 'preference 0'],
    [
      endpoint(
        'A',
        Array.from({ length: 61 }, (_, index) => `192.0.2.${index}`),
      ),
      '61 targets',
    ],
  ])('%j is refused', (wanted, problem) => {
    expect(open.adjust(wanted)).toEqual({ problem: expect.stringContaining(problem) as string });
  });

  test('properties of other providers are dropped, the group is kept', () => {
    const adjusted = open.adjust(
      endpoint('A', ['192.0.2.1'], {
        providerSpecific: [
          { name: 'aws/weight', value: '1' },
          { name: 'coredns/group', value: 'g1' },
        ],
      }),
    );
    expect(adjusted).toEqual({ endpoint: endpoint('A', ['192.0.2.1'], { providerSpecific: [{ name: 'coredns/group', value: 'g1' }] }) });
  });

  test('the root of the store is no prefix', () => {
    expect(() => createEtcdProvider({ store: createMemoryStore(), prefix: '/' })).toThrow(
      expect.objectContaining({ code: 'SM_CONFIG_INVALID' }),
    );
  });
});
