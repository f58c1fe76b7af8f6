import {
  apiServerRequirement,
  etcdRequirement,
  eventually,
  startApiServer,
  startEtcd,
  startTcpProxy,
  unmet,
  type ApiServer,
  type EtcdServer,
  type TcpProxy,
} from '@seamark/testkit';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import { type Kind, namespaceKind } from '../kind.ts';
import type { Change, ObjectView } from '../object-view.ts';
import { createKubernetesCluster } from './kubernetes-cluster.ts';
import type { ReflectorTimes } from './reflector-times.ts';

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}
const configMapKind: Kind<ConfigMap> = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };

/** What a listener has been told: every version of every object, in order. */
interface History {
  readonly changes: Change<ConfigMap>[];
  /** Asserts that each object's changes begin with `added`, alternate rightly, and never show a version twice. */
  check(): void;
  /** `name=value` of what is there after all changes. */
  result(): string[];
}

function recordHistory(view: ObjectView<ConfigMap>): History {
  const changes: Change<ConfigMap>[] = [];
  view.subscribe((change) => changes.push(change));
  return {
    changes,
    check() {
      const alive = new Set<string>();
      const versions = new Set<string>();
      for (const change of changes) {
        const { name, resourceVersion } = change.object.metadata;
        expect(alive.has(name), `${change.type} of ${name}`).toBe(change.type !== 'added');
        if (change.type === 'deleted') alive.delete(name);
        else {
          alive.add(name);
          expect(versions.has(`${name}@${resourceVersion}`), `${name} at ${resourceVersion} twice`).toBe(false);
          versions.add(`${name}@${resourceVersion}`);
        }
      }
    },
    result() {
      const values = new Map<string, string>();
      for (const { type, object } of changes) {
        if (type === 'deleted') values.delete(object.metadata.name);
        else values.set(object.metadata.name, object.data?.['value'] ?? '');
      }
      return [...values].map(([name, value]) => `${name}=${value}`).toSorted();
    },
  };
}

describe.skipIf(unmet('views through bad days of a real API server', apiServerRequirement(), etcdRequirement()))('a view', () => {
  let etcd: EtcdServer;
  let api: ApiServer;
  let proxy: TcpProxy;
  let stop = new AbortController();
  let namespaces = 0;

  beforeAll(async () => {
    etcd = await startEtcd();
    api = await startApiServer({ etcd });
    proxy = await startTcpProxy(api.port);
  });
  afterEach(() => {
    stop.abort();
    stop = new AbortController();
    proxy.accept();
    proxy.release();
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
    await etcd[Symbol.asyncDispose]();
  });

  /** A view through the proxy of a new namespace, and a client that writes to it directly. */
  const watchNamespace = async (times: Partial<ReflectorTimes> = {}) => {
    const home = `n${(namespaces += 1)}`;
    const writer = createKubernetesCluster({ kubeconfig: api.kubeconfigPath });
    await writer.create(namespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: home } });
    const metrics = new Registry();
    const cluster = createKubernetesCluster({
      kubeconfigText: api.kubeconfigFor({ server: `https://127.0.0.1:${proxy.port}` }),
      metrics,
      times: { backoffMaxMs: 400, ...times },
    });
    const view = cluster.view(configMapKind, { namespaces: [home], fields: ['data'] });
    const history = recordHistory(view);
    const object = (name: string, value: string): ConfigMap => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: home },
      data: { value },
    });
    await cluster.start(stop.signal);
    const count = async (name: string, label: string): Promise<number> => {
      const values = (await metrics.getSingleMetric(name)?.get())?.values ?? [];
      return values.filter((value) => Object.values(value.labels).includes(label)).reduce((sum, value) => sum + value.value, 0);
    };
    return {
      view,
      history,
      home,
      create: (name: string, value: string) => writer.create(configMapKind, object(name, value)),
      set: (name: string, value: string) => writer.replace(configMapKind, object(name, value)),
      remove: (name: string) => writer.delete(configMapKind, { namespace: home, name }),
      watching: () => eventually(() => expect(view.state().phase).toBe('watching')),
      lists: () => count('seamark_cluster_lists_total', 'configmaps'),
      open: () => count('seamark_cluster_watching', 'configmaps'),
      ends: (reason: string) => count('seamark_cluster_watch_ends_total', reason),
    };
  };

  test('goes on where it was after the API server was killed and started again, and tells no change twice', async () => {
    const { view, history, create, set, remove, watching, lists, open } = await watchNamespace();
    await view.synced;
    await create('kept', '1');
    await create('changed', '1');
    await create('removed', '1');
    await eventually(() => expect(history.changes).toHaveLength(3));
    await api.kill();
    await eventually(() => expect(view.state().phase).toBe('waiting'));
    expect(await open()).toBe(0);
    expect(view.size).toBe(3); // an API server that is away deletes nothing
    await api.restart();
    await set('changed', '2');
    await remove('removed');
    await create('new', '1');
    await watching();
    expect(await open()).toBe(1);
    await eventually(() => expect(history.result()).toEqual(['changed=2', 'kept=1', 'new=1']));
    history.check();
    expect(history.changes).toHaveLength(6);
    expect(await lists()).toBeLessThanOrEqual(2);
  });

  test('lists again and tells the difference when its version has been compacted away', async () => {
    const { view, history, create, set, remove, watching, ends } = await watchNamespace();
    await view.synced;
    await create('kept', '1');
    await create('changed', '1');
    await create('removed', '1');
    await create('made-again', '1');
    await eventually(() => expect(history.changes).toHaveLength(4));
    proxy.refuse();
    await set('changed', '2');
    await set('changed', '3');
    await remove('removed');
    await remove('made-again');
    await create('made-again', '2');
    const last = await create('new', '1');
    // The API server remembers a while of changes itself; a restarted one has only etcd's, from which they are removed.
    const answer = await fetch(`${etcd.endpoint}/v3/kv/compaction`, {
      method: 'POST',
      body: JSON.stringify({ revision: last.metadata.resourceVersion, physical: true }),
    });
    expect(answer.status).toBe(200);
    await api.restart();
    proxy.accept();
    await watching();
    await eventually(() => expect(history.result()).toEqual(['changed=3', 'kept=1', 'made-again=2', 'new=1']));
    history.check();
    expect(await ends('expired')).toBe(1);
    expect(
      history.changes
        .slice(4)
        .map((change) => `${change.type} ${change.object.metadata.name}`)
        .toSorted(),
    ).toEqual(['added made-again', 'added new', 'deleted made-again', 'deleted removed', 'updated changed']);
    await set('new', '2');
    await eventually(() => expect(history.result()).toContain('new=2'));
  });

  test('misses nothing and lists only once while its stream is cut five times a second', async () => {
    const { view, history, create, set, remove, ends, lists } = await watchNamespace({ backoffMaxMs: 50 });
    await view.synced;
    const cutter = setInterval(() => proxy.cut(), 200);
    const expected = new Map<string, string>();
    try {
      const end = performance.now() + 4_000;
      for (let round = 0; performance.now() < end; round += 1) {
        const name = `c${round % 40}`;
        if (!expected.has(name)) await create(name, String(round));
        else if (round % 3 === 0) await remove(name);
        else await set(name, String(round));
        if (expected.has(name) && round % 3 === 0) expected.delete(name);
        else expected.set(name, String(round));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    } finally {
      clearInterval(cutter);
    }
    await eventually(() => expect(history.result()).toEqual([...expected].map(([name, value]) => `${name}=${value}`).toSorted()));
    history.check();
    expect(await ends('cut')).toBeGreaterThan(5);
    expect(await lists()).toBe(1);
  });

  test('notices a connection that went silent, and goes on where it was', async () => {
    const { view, history, create, ends, lists } = await watchNamespace({ silenceMs: 500 });
    await view.synced;
    await create('before', '1');
    await eventually(() => expect(history.changes).toHaveLength(1));
    proxy.hold();
    await create('during', '1');
    await eventually(async () => expect(await ends('silent')).toBeGreaterThan(0));
    expect(history.result()).toEqual(['before=1']);
    proxy.release();
    await eventually(() => expect(history.result()).toEqual(['before=1', 'during=1']));
    history.check();
    expect(await lists()).toBe(1);
  });

  test('waits for an API server that is not there yet', async () => {
    proxy.refuse();
    const { view, create, history } = await watchNamespace();
    await eventually(() => expect(view.state()).toMatchObject({ phase: 'waiting', error: { code: 'SM_CLUSTER_UNAVAILABLE' } }));
    expect(view.isSynced).toBe(false);
    await create('x', '1');
    proxy.accept();
    await view.synced;
    expect(history.changes).toMatchObject([{ type: 'added', initial: true, object: { metadata: { name: 'x' } } }]);
  });

  test('ends when its signal aborts, and leaves no connection open', async () => {
    const { view, watching } = await watchNamespace();
    await watching();
    expect(proxy.open).toBeGreaterThan(0);
    stop.abort();
    await eventually(() => expect(view.state()).toEqual({ phase: 'stopped' }));
    await eventually(() => expect(proxy.open).toBe(0));
  });
});
