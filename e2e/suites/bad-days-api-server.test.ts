import { startTcpProxy } from '@seamark/testkit';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inClusters } from '../world/both-worlds.ts';
import { expectExactState, expectNothingMoved } from '../world/exact-state.ts';
import { pool, service } from '../world/objects.ts';
import { createServiceChurn } from '../world/service-churn.ts';
import { ask } from '../world/world.ts';

const args = ['--dns-zone', 'example.org'];
const hostname = 'external-dns.kubernetes.io/hostname';

inClusters('a bad day of the API server', (start, servers) => {
  it('killed and started again: nothing moves, and a change made afterwards arrives', async () => {
    const { apiServer } = servers();
    await using world = await start({ args });
    await world.put(pool('lan', ['198.18.0.0/20']));
    const churn = createServiceChurn({ namespace: 'api' });
    await churn.run(world, 60);
    const before = await expectExactState(world, churn.wanted());
    const known = world.process();

    await apiServer.kill();
    for (const { name, hostname: asked } of churn.wanted().services) expect((await ask(world, asked)).data).toEqual([before.get(name)]);
    await apiServer.restart();
    const late = { name: 'api/late', hostname: 'late.example.org' };
    await world.put(service(late.name, { [hostname]: late.hostname }));
    const { services, gone = [] } = churn.wanted();
    expectNothingMoved(before, await expectExactState(world, { services: [...services, late], gone }));
    // The same process: it did not die and come back.
    expect(world.process()).toBe(known);
    expect(known.child.exitCode).toBeNull();
  });

  it('and etcd, with every connection cut each second for a minute: the state is exact in the end', async () => {
    const { apiServer, etcd } = servers();
    await using toApiServer = await startTcpProxy(apiServer.port);
    await using toEtcd = await startTcpProxy(etcd.port);
    await using world = await start({
      args,
      kubeconfigServer: `https://127.0.0.1:${toApiServer.port}`,
      etcdEndpoint: `http://127.0.0.1:${toEtcd.port}`,
    });
    await world.put(pool('lan', ['198.18.0.0/20']));
    const steady = { name: 'steady/steady', hostname: 'steady.example.org' };
    await world.put(service(steady.name, { [hostname]: steady.hostname }));
    const before = await expectExactState(world, { services: [steady] });
    const connected = { apiServer: toApiServer.accepted, etcd: toEtcd.accepted };

    const stop = new AbortController();
    const churn = createServiceChurn({ namespace: 'cut', lanes: 4, pauseMs: 150 });
    const flow = churn.run(world, Number.POSITIVE_INFINITY, { signal: stop.signal });
    flow.catch(() => undefined);
    const wrong: string[] = [];
    for (let second = 0; second < 60; second += 1) {
      await pause(1_000);
      toApiServer.cut();
      toEtcd.cut();
      const { code, data } = await ask(world, steady.hostname);
      if (code !== 'NOERROR' || data[0] !== before.get(steady.name)) wrong.push(`second ${second}: ${code} ${data.join()}`);
    }
    stop.abort();
    await flow;
    expect(wrong).toEqual([]);
    // It came back to both again and again; how often is its own decision.
    expect(toApiServer.accepted - connected.apiServer).toBeGreaterThan(10);
    expect(toEtcd.accepted - connected.etcd).toBeGreaterThan(10);
    const { services, gone = [] } = churn.wanted();
    expect(services.length).toBeGreaterThan(50);
    expectNothingMoved(before, await expectExactState(world, { services: [...services, steady], gone }));
  }, 240_000);
});
