import {
  apiServerRequirement,
  etcdRequirement,
  eventually,
  startApiServer,
  startTcpProxy,
  startWatchGateway,
  unmet,
  type ApiServer,
  type TcpProxy,
  type WatchGateway,
} from '@seamark/testkit';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import type { Cluster } from '../cluster.ts';
import { type Kind, namespaceKind } from '../kind.ts';
import type { ObjectView } from '../object-view.ts';
import { createKubernetesCluster } from './kubernetes-cluster.ts';

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}
const configMapKind: Kind<ConfigMap> = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };

/** Long enough for an answer that is on its way to arrive; what is held back never does. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150));

describe.skipIf(unmet('views that lag behind a real API server', apiServerRequirement(), etcdRequirement()))('a view that lags', () => {
  let api: ApiServer;
  let gateway: WatchGateway;
  let proxy: TcpProxy;
  let writer: Cluster;
  let stop = new AbortController();
  let namespaces = 0;

  beforeAll(async () => {
    api = await startApiServer();
    gateway = await startWatchGateway(api);
    proxy = await startTcpProxy(Number(new URL(gateway.url).port));
    writer = createKubernetesCluster({ kubeconfig: api.kubeconfigPath });
  });
  afterEach(() => {
    stop.abort();
    stop = new AbortController();
    proxy.accept();
    gateway.release();
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  /** A synced view of new namespaces, through proxy and gateway, with three objects in each; `write` goes past both. */
  const setUp = async (scope: 'one namespace' | 'two namespaces' | 'all namespaces' = 'one namespace') => {
    const [home, other] = [`n${(namespaces += 1)}`, `n${(namespaces += 1)}`] as const;
    const key = (name: string, namespace: string = home): { namespace: string; name: string } => ({ namespace, name });
    const configMap = (name: string, value: string, namespace?: string): ConfigMap => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: key(name, namespace),
      data: { value },
    });
    for (const name of [home, other]) {
      await writer.create(namespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      for (const kept of ['a', 'b', 'c']) await writer.create(configMapKind, configMap(kept, '1', name));
    }
    const metrics = new Registry();
    const cluster = createKubernetesCluster({
      kubeconfigText: api.kubeconfigFor({ server: `http://127.0.0.1:${proxy.port}` }),
      metrics,
      times: { backoffMaxMs: 400 },
    });
    const chosen = { 'one namespace': [home], 'two namespaces': [home, other], 'all namespaces': undefined }[scope];
    const view: ObjectView<ConfigMap> = cluster.view(configMapKind, {
      fields: ['data'],
      ...(chosen === undefined ? {} : { namespaces: chosen }),
    });
    await cluster.start(stop.signal);
    await eventually(() => expect(view.state().phase).toBe('watching'));
    const lists = async (): Promise<number> => {
      const values = (await metrics.getSingleMetric('seamark_cluster_requests_total')?.get())?.values ?? [];
      return values.reduce((sum, { labels, value }) => (labels['verb'] === 'list' && labels['code'] === '200' ? sum + value : sum), 0);
    };
    return {
      view,
      home,
      other,
      /** Begins to catch up, and returns when the API server has said what there is. */
      async begin() {
        const before = await lists();
        const waiting = { done: view.caughtUp(new AbortController().signal), isDone: false };
        waiting.done.then(
          () => (waiting.isDone = true),
          () => undefined,
        );
        await eventually(async () => expect(await lists()).toBe(before + (chosen?.length ?? 1)));
        await aWhile();
        return waiting;
      },
      create: (name: string, namespace?: string) => writer.create(configMapKind, configMap(name, '2', namespace)),
      change: (name: string, namespace?: string) => writer.replace(configMapKind, configMap(name, '2', namespace)),
      remove: (name: string, namespace?: string) => writer.delete(configMapKind, key(name, namespace)),
      shown: (namespace: string = home) =>
        [...view.list()]
          .filter(({ metadata }) => metadata.namespace === namespace && metadata.name.length === 1)
          .map(({ metadata, data }) => `${metadata.name}=${data?.['value']}`)
          .toSorted(),
    };
  };
  type Lab = Awaited<ReturnType<typeof setUp>>;

  test.each<[string, (lab: Lab) => Promise<unknown>, string[]]>([
    ['an addition', ({ create }) => create('d'), ['a=1', 'b=1', 'c=1', 'd=2']],
    ['a change', ({ change }) => change('b'), ['a=1', 'b=2', 'c=1']],
    ['a deletion', ({ remove }) => remove('b'), ['a=1', 'c=1']],
    ['an object made again', async ({ remove, create }) => (await remove('b'), create('b')), ['a=1', 'b=2', 'c=1']],
    ['all of it', async ({ remove, create, change }) => (await create('d'), await change('c'), remove('a')), ['b=1', 'c=2', 'd=2']],
  ])('has not caught up before its held watch brings %s', async (_what, write, result) => {
    const lab = await setUp();
    gateway.hold('configmaps');
    await write(lab);
    const waiting = await lab.begin();
    expect(waiting.isDone).toBe(false);
    expect(lab.shown()).toEqual(['a=1', 'b=1', 'c=1']);
    gateway.release();
    await waiting.done;
    expect(lab.shown()).toEqual(result);
  });

  test.each(['two namespaces', 'all namespaces'] as const)('of %s waits for a write to any of them', async (scope) => {
    const lab = await setUp(scope);
    gateway.hold('configmaps');
    await lab.change('b', lab.other);
    const waiting = await lab.begin();
    expect(waiting.isDone).toBe(false);
    gateway.release();
    await waiting.done;
    expect(lab.shown(lab.other)).toEqual(['a=1', 'b=2', 'c=1']);
  });

  test('has caught up while its watch is held when nothing is missing, whatever is written elsewhere', async () => {
    const lab = await setUp();
    gateway.hold('configmaps');
    await lab.change('a', lab.other);
    await (
      await lab.begin()
    ).done;
    expect(lab.shown()).toEqual(['a=1', 'b=1', 'c=1']);
  });

  test('waits for more than a page of objects', async () => {
    const lab = await setUp();
    gateway.hold('configmaps');
    const names = Array.from({ length: 600 }, (_, index) => `many${index}`).values();
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (const name of names) await lab.create(name);
      }),
    );
    const done = lab.view.caughtUp(new AbortController().signal);
    await aWhile();
    expect(lab.view.size).toBe(3);
    gateway.release();
    await done;
    expect(lab.view.size).toBe(603);
  });

  test('waits for a watch that was cut and hangs when it comes back', async () => {
    const lab = await setUp();
    gateway.hold('configmaps');
    gateway.cut('configmaps');
    await lab.change('b');
    const waiting = await lab.begin();
    expect(waiting.isDone).toBe(false);
    gateway.release();
    await waiting.done;
    expect(lab.shown()).toEqual(['a=1', 'b=2', 'c=1']);
  });

  test('waits for an API server that cannot be reached', async () => {
    const lab = await setUp();
    proxy.refuse();
    await lab.change('b');
    await eventually(() => expect(lab.view.state().phase).toBe('waiting'));
    let isDone = false;
    const done = lab.view.caughtUp(new AbortController().signal).then(() => (isDone = true));
    await aWhile();
    expect(isDone).toBe(false);
    proxy.accept();
    await done;
    expect(lab.shown()).toEqual(['a=1', 'b=2', 'c=1']);
  });

  test('ends its waiting with the signal of whoever waits, and with the cluster', async () => {
    const lab = await setUp();
    gateway.hold('configmaps');
    await lab.change('b');
    const waiting = await lab.begin();
    const impatient = new AbortController();
    const givenUp = lab.view.caughtUp(impatient.signal);
    await aWhile();
    impatient.abort(new Error('enough'));
    await expect(givenUp).rejects.toThrow('enough');
    stop.abort();
    await expect(waiting.done).rejects.toMatchObject({ code: 'SM_CLUSTER_UNAVAILABLE' });
  });
});
