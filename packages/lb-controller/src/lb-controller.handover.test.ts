import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Cluster, formatObjectKey, ipAddressPoolKind, type ObjectView, serviceKind } from '@seamark/common/cluster';
import { createKubernetesCluster } from '@seamark/common/cluster/kubernetes';
import { createLeaderElection, type LeaderElection } from '@seamark/common/controller';
import type { Service } from '@seamark/common/model';
import { Registry, silentLogger } from '@seamark/common/observability';
import { createReasonStream } from '@seamark/common/reasons';
import {
  type ApiServer,
  apiServerRequirement,
  etcdRequirement,
  eventually,
  startApiServer,
  startTcpProxy,
  startWatchGateway,
  type TcpProxy,
  unmet,
  type WatchGateway,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLbController } from './lb-controller.ts';
import { poolObject, serviceObject } from './testing/lb-lab.ts';

const crds = ['ipaddresspools', 'l2advertisements', 'bgpadvertisements', 'bgppeers', 'bfdprofiles', 'communities'].map((plural) =>
  fileURLToPath(new URL(`../../../charts/seamark/crds/metallb.io_${plural}.yaml`, import.meta.url)),
);

/** One replica of the lb-controller, with a way to the API server of its own. */
interface Replica extends AsyncDisposable {
  readonly election: LeaderElection;
  /** The Services as it sees them. */
  readonly services: ObjectView<Service>;
  readonly gateway: WatchGateway;
  readonly proxy: TcpProxy;
  metric(name: string, labels?: Record<string, string>): Promise<number>;
}

/** Notes whenever two Services show one address, in the order in which the API server accepted the writes. */
function watchForDoubles(
  view: ObjectView<Service>,
): { readonly doubles: string[]; readonly holders: ReadonlyMap<string, string> } & Disposable {
  const doubles: string[] = [];
  const holders = new Map<string, string>();
  const shownBy = (service: Service): string[] => service.status?.loadBalancer?.ingress?.flatMap(({ ip }) => ip ?? []) ?? [];
  const subscription = view.subscribe((change) => {
    const key = formatObjectKey(change.object.metadata);
    for (const [address, holder] of holders) if (holder === key) holders.delete(address);
    if (change.type === 'deleted') return;
    for (const address of shownBy(change.object)) {
      const holder = holders.get(address);
      if (holder !== undefined) doubles.push(`${address} of ${holder} was given to ${key}`);
      holders.set(address, key);
    }
  });
  return { doubles, holders, [Symbol.dispose]: () => subscription[Symbol.dispose]() };
}

describe.skipIf(unmet('a change of leaders on a real API server', apiServerRequirement(), etcdRequirement()))('a change of leaders', () => {
  let server: ApiServer;
  let user: Cluster;
  let services: ObjectView<Service>;
  const stopUser = new AbortController();

  beforeAll(async () => {
    server = await startApiServer({ crds });
    user = createKubernetesCluster({ kubeconfig: server.kubeconfigPath });
    services = user.view(serviceKind, { namespaces: ['default'], fields: ['status'] });
    await user.start(stopUser.signal);
    await server.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'metallb-system' } });
  });
  afterAll(async () => {
    stopUser.abort();
    await server?.[Symbol.asyncDispose]();
  });

  const startReplica = async (lease: string): Promise<Replica> => {
    await using starting = new AsyncDisposableStack();
    const gateway = starting.use(await startWatchGateway(server));
    const proxy = starting.use(await startTcpProxy(Number(new URL(gateway.url).port)));
    const metrics = new Registry();
    const cluster = createKubernetesCluster({
      kubeconfigText: server.kubeconfigFor({ server: `http://127.0.0.1:${proxy.port}` }),
      metrics,
      times: { backoffMaxMs: 200 },
    });
    const election = createLeaderElection({
      cluster,
      namespace: 'metallb-system',
      name: lease,
      identity: randomUUID(),
      logger: silentLogger,
      leaseDurationMs: 2_000,
      renewDeadlineMs: 1_200,
      retryPeriodMs: 100,
    });
    const controller = createLbController({ cluster, reasons: createReasonStream(), metrics, leaderElection: election });
    const view = cluster.view(serviceKind, { fields: ['status'] });
    const stop = new AbortController();
    const started = controller.start(stop.signal);
    await cluster.start(stop.signal);
    await started;
    starting.defer(async () => {
      stop.abort();
      await controller.stop();
    });
    const owned = starting.move();
    return {
      election,
      services: view,
      gateway,
      proxy,
      async metric(name, labels = {}) {
        const values = (await metrics.getSingleMetric(name)?.get())?.values ?? [];
        const wanted = Object.entries(labels);
        return values
          .filter((value) => wanted.every(([label, is]) => value.labels[label as never] === is))
          .reduce((sum, { value }) => sum + value, 0);
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  };

  const clear = async (names: readonly string[]): Promise<void> => {
    await Promise.all(names.map((name) => user.delete(serviceKind, { namespace: 'default', name })));
    await user.delete(ipAddressPoolKind, { namespace: 'metallb-system', name: 'lan' });
  };
  const setAutoAssign = async (autoAssign: boolean): Promise<void> => {
    await server.request(
      'PATCH',
      '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools/lan',
      { spec: { autoAssign } },
      'application/merge-patch+json',
    );
  };

  it.each([
    ['after its last write', 'all'],
    ['between its writes', 'some'],
    ['before its last writes', 'none'],
  ] as const)('doubles and moves no address when the leader vanishes %s and the next one sees nothing of them', async (_when, written) => {
    const lease = `handover-${written}`;
    await using first = await startReplica(lease);
    await eventually(() => expect(first.election.isLeader).toBe(true));
    await using second = await startReplica(lease);
    using watch = watchForDoubles(services);

    // What both replicas know: a pool that is given out on request only, and Services that wait for any address.
    await user.create(ipAddressPoolKind, poolObject('lan', ['192.0.2.0/26'], { autoAssign: false }));
    const waiting = Array.from({ length: 12 }, (_, n) => `waiting${n}`);
    for (const name of waiting) await user.create(serviceKind, serviceObject(name));
    await eventually(() => {
      for (const name of waiting) {
        expect(second.services.get({ namespace: 'default', name })?.status?.conditions?.[0]?.reason).toBe('NO_FREE_ADDRESS');
      }
    });
    const knownToSecond = second.services.size;

    // What only the first sees: Services that ask for the lowest addresses, and get them.
    second.gateway.hold('services');
    const asking = Array.from({ length: 12 }, (_, n) => `asking${n}`);
    for (const [n, name] of asking.entries()) {
      await user.create(serviceKind, serviceObject(name, {}, { 'metallb.io/loadBalancerIPs': `192.0.2.${n}` }));
    }
    await eventually(() => expect(watch.holders.size).toBe(12));

    // What both see: the pool is open for all, and those that wait get theirs, from the first as long as it is there.
    if (written === 'none') first.proxy.refuse();
    await setAutoAssign(true);
    if (written === 'some') await eventually(() => expect(watch.holders.size).toBeGreaterThan(12), { everyMs: 1 });
    if (written === 'all') await eventually(() => expect(watch.holders.size).toBe(24));
    first.proxy.refuse();

    await eventually(() => expect(second.election.isLeader).toBe(true));
    const given = [...watch.holders];
    // The lists at its start, and the one at the beginning of its term.
    await eventually(async () =>
      expect(
        await second.metric('seamark_cluster_requests_total', { verb: 'list', resource: 'services', code: '200' }),
      ).toBeGreaterThanOrEqual(2),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(second.services.size).toBe(knownToSecond);
    expect(await second.metric('seamark_lb_status_writes_total')).toBe(0);
    expect([...watch.holders]).toEqual(given);

    second.gateway.release();
    await eventually(() => expect(watch.holders.size).toBe(24));
    expect(watch.doubles).toEqual([]);
    for (const [address, holder] of given) expect(watch.holders.get(address), address).toBe(holder);
    expect(asking.map((name, n) => watch.holders.get(`192.0.2.${n}`) === `default/${name}`)).not.toContain(false);
    await clear([...waiting, ...asking]);
  });
});
