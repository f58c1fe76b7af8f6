import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { etcdRequirement, eventually, startEtcd, startTcpProxy, unmet } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';
import { dnsSyncBench } from './testing/dns-sync-bench.ts';
import { loadBalancer } from './testing/objects.ts';

describe.skipIf(unmet('dns-sync through an outage of etcd', etcdRequirement()))('an outage of etcd', () => {
  test('delays writes, which the objects are told, and deletes nothing', async () => {
    await using server = await startEtcd();
    const store = createEtcdStore({ endpoints: [server.endpoint] });
    await using bench = await dnsSyncBench({
      store,
      setUp(objects) {
        for (let index = 0; index < 20; index++) objects.put(loadBalancer(`web/s${index}`, `s${index}.example.org`, ['192.0.2.1']));
      },
    });
    await server.kill();
    bench.objects.put(loadBalancer('web/new', 'new.example.org', ['192.0.2.2']));
    bench.objects.remove('Service', 'web', 's0');
    await eventually(
      () => expect(bench.decisions().filter((line) => line.includes('could not be written')).length).toBeGreaterThanOrEqual(1),
      { timeoutMs: 15_000 },
    );
    expect(bench.sync.notReady()).toContain('the store cannot be reached');
    const metrics = await bench.metrics.metrics();
    expect(metrics).toContain('seamark_dns_sync_store_connected 0');
    expect(metrics).toMatch(/^seamark_dns_sync_failed_names\{code="SM_STORE_UNAVAILABLE"\} [12]$/m);
    await server.restart();
    await eventually(() => expect([...bench.sync.published()].map((endpoint) => endpoint.dnsName)).toContain('new.example.org'), {
      timeoutMs: 15_000,
    });
    await bench.sync.idle();
    expect(Object.keys(await bench.stored('/skydns/'))).toHaveLength(40);
    expect(bench.decisions().filter((line) => line.includes('could not be written'))).toEqual([]);
    expect(bench.sync.notReady()).toBeUndefined();
    const mended = await bench.metrics.metrics();
    expect(mended).toContain('seamark_dns_sync_store_connected 1');
    expect(mended).toContain('seamark_dns_sync_failed_names{code="SM_STORE_UNAVAILABLE"} 0');
    await bench.sync.stop();
    await store.close();
  }, 60_000);

  test('in which the history was compacted away loses no repair', async () => {
    await using server = await startEtcd();
    await using proxy = await startTcpProxy(Number(new URL(server.endpoint).port));
    const store = createEtcdStore({ endpoints: [`http://127.0.0.1:${proxy.port}`] });
    const direct = createEtcdStore({ endpoints: [server.endpoint] });
    await using bench = await dnsSyncBench({
      store,
      setUp: (objects) => objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1'])),
    });
    const before = await bench.stored('/skydns/');
    proxy.refuse();
    await direct.transact({ compare: [], success: [{ type: 'delete', prefix: '/skydns/' }] });
    const { revision } = await direct.transact({ compare: [], success: [{ type: 'put', key: '/else', value: Buffer.from('x') }] });
    const compacted = await fetch(`${server.endpoint}/v3/kv/compaction`, {
      method: 'POST',
      body: JSON.stringify({ revision: String(revision) }),
    });
    expect(compacted.ok).toBe(true);
    proxy.accept();
    await eventually(async () => expect(Object.keys((await direct.range({ prefix: '/skydns/' })).entries)).toHaveLength(2), {
      timeoutMs: 20_000,
    });
    expect(await bench.stored('/skydns/')).toEqual(before);
    await bench.sync.stop();
    await Promise.all([store.close(), direct.close()]);
  }, 60_000);

  test('at the start is waited for', async () => {
    await using server = await startEtcd();
    await server.stop();
    const store = createEtcdStore({ endpoints: [server.endpoint] });
    await using bench = await dnsSyncBench({
      store,
      start: false,
      setUp: (objects) => objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1'])),
    });
    const started = bench.sync.start(AbortSignal.timeout(40_000));
    await server.restart();
    await started;
    await bench.sync.idle();
    expect(Object.keys(await bench.stored('/skydns/'))).toHaveLength(2);
    await bench.sync.stop();
    await store.close();
  }, 60_000);
});
