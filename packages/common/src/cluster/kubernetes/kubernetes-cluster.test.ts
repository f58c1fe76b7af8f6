import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import {
  apiServerRequirement,
  etcdRequirement,
  eventually,
  startApiServer,
  temporaryFolder,
  unmet,
  type ApiServer,
} from '@seamark/testkit';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Logger } from '../../observability/logger.ts';
import type { IPAddressPool, KubernetesObject, Service } from '../../model/kubernetes-object.ts';
import type { Cluster } from '../cluster.ts';
import { type Kind, ipAddressPoolKind, namespaceKind, serviceKind } from '../kind.ts';
import type { Change } from '../object-view.ts';
import { type KubernetesClusterOptions, createKubernetesCluster } from './kubernetes-cluster.ts';

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}
const configMapKind: Kind<ConfigMap> = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const eventKind: Kind<KubernetesObject & { count?: number; message?: string; involvedObject?: object }> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

const configMap = (namespace: string, name: string, data: Record<string, string> = {}, metadata: object = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...metadata },
  data,
});
const service = (namespace: string, name: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace, annotations: { 'example.org/kept': 'yes' } },
  spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
});
const crds = (name: string): string => `${import.meta.dirname}/../../../../../charts/seamark/crds/${name}.yaml`;

function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const logger = { lines, debug: () => undefined, info: write('info'), warn: write('warn'), error: write('error'), child: () => logger };
  return logger;
}

describe.skipIf(unmet('the kubernetes driver against a real API server', apiServerRequirement(), etcdRequirement()))(
  'the kubernetes driver',
  () => {
    let api: ApiServer;
    const stop = new AbortController();
    let namespaces = 0;

    beforeAll(async () => {
      api = await startApiServer({ users: [{ name: 'bob' }] });
    });
    afterAll(async () => {
      stop.abort();
      await api[Symbol.asyncDispose]();
    });

    const connect = (options: KubernetesClusterOptions = {}): Cluster =>
      createKubernetesCluster({ kubeconfig: api.kubeconfigPath, ...options });
    const namespace = async (): Promise<string> => {
      const name = `n${(namespaces += 1)}`;
      await connect().create(namespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return name;
    };
    const requests = async (registry: Registry, name = 'seamark_cluster_requests_total'): Promise<number> =>
      ((await registry.getSingleMetric(name)?.get())?.values ?? []).reduce((sum, value) => sum + value.value, 0);

    test('lists more objects than fit a page, keeps only declared fields, and then makes no request but its watch', async () => {
      const home = await namespace();
      const writer = connect();
      await Promise.all(
        Array.from({ length: 600 }, (_, index) =>
          writer.create(
            configMapKind,
            configMap(home, `c${index}`, { index: String(index) }, { labels: { parity: index % 2 === 0 ? 'even' : 'odd' } }),
          ),
        ),
      );
      const metrics = new Registry();
      const cluster = connect({ metrics });
      const changes: Change<ConfigMap>[] = [];
      const view = cluster.view(configMapKind, {
        namespaces: [home],
        fields: ['metadata.labels'],
        indexes: { parity: (object) => [object.metadata.labels?.['parity'] ?? ''] },
      });
      view.subscribe((change) => changes.push(change));
      await cluster.start(stop.signal);
      await view.synced;
      expect(changes.filter((change) => change.type === 'added' && change.initial)).toHaveLength(600);
      expect(view.size).toBe(600);
      expect([...view.by('parity', 'odd')]).toHaveLength(300);
      expect(view.get({ namespace: home, name: 'c7' })).toEqual({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c7', namespace: home, uid: expect.any(String), resourceVersion: expect.any(String), labels: { parity: 'odd' } },
      });
      await eventually(() => expect(view.state().phase).toBe('watching'));
      const made = await requests(metrics);
      expect(made).toBe(3); // two pages and the watch
      await writer.delete(configMapKind, { namespace: home, name: 'c7' });
      await eventually(() => expect(view.get({ namespace: home, name: 'c7' })).toBeUndefined());
      expect(changes.at(-1)).toMatchObject({ type: 'deleted', object: { metadata: { name: 'c7' } } });
      expect([...view.by('parity', 'odd')]).toHaveLength(299);
      expect(await requests(metrics)).toBe(made);
    });

    test('serves several users of one kind by one reflector with the union of their fields', async () => {
      const home = await namespace();
      const metrics = new Registry();
      const cluster = connect({ metrics });
      const data = cluster.view(configMapKind, { namespaces: [home], fields: ['data.a'] });
      const labels = cluster.view(configMapKind, { namespaces: [home], fields: ['metadata.labels'] });
      await cluster.start(stop.signal);
      const covered = cluster.view(configMapKind, { namespaces: [home], fields: ['data.a'] });
      await Promise.all([data.synced, labels.synced, covered.synced]);
      await cluster.create(
        configMapKind,
        configMap(home, 'x', { a: '1', b: '2' }, { labels: { l: 'v' }, annotations: { dropped: 'yes' } }),
      );
      await eventually(() =>
        expect(covered.get({ namespace: home, name: 'x' })).toMatchObject({ data: { a: '1' }, metadata: { labels: { l: 'v' } } }),
      );
      expect(data.get({ namespace: home, name: 'x' })).toBe(labels.get({ namespace: home, name: 'x' }));
      expect(data.get({ namespace: home, name: 'x' })?.data).toEqual({ a: '1' });
      expect(await requests(metrics, 'seamark_cluster_lists_total')).toBe(1);
      const uncovered = cluster.view(configMapKind, { namespaces: [home], fields: ['data.b'] });
      await uncovered.synced;
      expect(uncovered.get({ namespace: home, name: 'x' })?.data).toEqual({ b: '2' });
      expect(await requests(metrics, 'seamark_cluster_lists_total')).toBe(2);
    });

    test('covers the namespaces of its scope and no other', async () => {
      const [one, two, other] = [await namespace(), await namespace(), await namespace()];
      const cluster = connect();
      const view = cluster.view(configMapKind, { namespaces: [one, two] });
      await cluster.start(stop.signal);
      await view.synced;
      for (const home of [other, one, two]) await cluster.create(configMapKind, configMap(home, 'x'));
      await eventually(() => expect(view.size).toBe(2));
      expect([...view.list()].map((object) => String(object.metadata.namespace)).toSorted()).toEqual([one, two].toSorted());
    });

    test('a listener that throws harms neither the view nor other listeners', async () => {
      const home = await namespace();
      const logger = recordingLogger();
      const metrics = new Registry();
      const cluster = connect({ logger, metrics });
      const view = cluster.view(configMapKind, { namespaces: [home] });
      view.subscribe(() => {
        throw new Error('broken listener');
      });
      const heard: string[] = [];
      view.subscribe((change) => heard.push(change.object.metadata.name));
      await cluster.start(stop.signal);
      await view.synced;
      await cluster.create(configMapKind, configMap(home, 'x'));
      await cluster.create(configMapKind, configMap(home, 'y'));
      await eventually(() => expect(heard).toEqual(['x', 'y']));
      expect(view.size).toBe(2);
      expect(logger.lines.filter((line) => line.includes('broken listener'))).toHaveLength(2);
      expect(await requests(metrics, 'seamark_cluster_listener_errors_total')).toBe(2);
    });

    test('an absent kind is synced and empty, comes alive with its definition, and is absent again without it', async () => {
      const home = await namespace();
      const metrics = new Registry();
      const cluster = connect({ metrics });
      const view = cluster.view(ipAddressPoolKind);
      const changes: string[] = [];
      view.subscribe((change) =>
        changes.push(`${change.type} ${change.object.metadata.name}${change.type === 'added' && change.initial ? ' initially' : ''}`),
      );
      await cluster.start(stop.signal);
      await view.synced;
      expect(view.state()).toEqual({ phase: 'absent' });
      expect(view.size).toBe(0);
      await eventually(async () => expect(await requests(metrics)).toBe(3)); // the pools, and the definitions' list and watch
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await requests(metrics)).toBe(3); // no polling

      await api.installCrds([crds('metallb.io_ipaddresspools')]);
      const pool: IPAddressPool = {
        apiVersion: 'metallb.io/v1beta1',
        kind: 'IPAddressPool',
        metadata: { name: 'lan', namespace: home },
        spec: { addresses: ['192.0.2.0/24'] },
      };
      await cluster.create(ipAddressPoolKind, pool);
      await eventually(() => expect(changes).toEqual(['added lan']));
      await eventually(() => expect(view.state().phase).toBe('watching'));

      await api.request('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ipaddresspools.metallb.io');
      await eventually(() => expect(view.state().phase).toBe('absent'));
      expect(changes).toEqual(['added lan', 'deleted lan']);
      await api.installCrds([crds('metallb.io_ipaddresspools')]);
      await eventually(() => expect(view.state().phase).toBe('watching'));
    });

    test('a refused identity is told by verb, resource and name, and works once it is allowed', async () => {
      const home = await namespace();
      const logger = recordingLogger();
      const cluster = connect({ kubeconfigText: api.kubeconfigFor({ user: 'bob' }), logger, times: { forbiddenRetryMs: 200 } });
      const view = cluster.view(configMapKind, { namespaces: [home] });
      await cluster.start(stop.signal);
      const state = await eventually(() => {
        const now = view.state();
        expect(now.phase).toBe('waiting');
        return now;
      });
      expect(state).toMatchObject({
        error: {
          code: 'SM_CLUSTER_FORBIDDEN',
          message: expect.stringMatching(
            /^list configmaps n\d+: refused to user bob \(context test.*User "bob" cannot list resource "configmaps"/,
          ) as string,
          remedy: 'Allow the verb list on configmaps (API group "").',
        },
      });
      await expect(cluster.get(configMapKind, { namespace: home, name: 'x' })).rejects.toMatchObject({ code: 'SM_CLUSTER_FORBIDDEN' });
      expect(view.isSynced).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(logger.lines.filter((line) => line.includes('cannot list'))).toHaveLength(1); // not once an attempt
      const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${home}`;
      await api.request('POST', `${rbac}/roles`, {
        metadata: { name: 'r' },
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }],
      });
      await api.request('POST', `${rbac}/rolebindings`, {
        metadata: { name: 'r' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
        subjects: [{ kind: 'User', name: 'bob' }],
      });
      await view.synced;
      await eventually(() => expect(view.state().phase).toBe('watching'));
    });

    test('an identity that may not read definitions finds an absent kind all the same', async () => {
      const home = await namespace();
      const name = `absent${namespaces}.example.org`;
      const kind: Kind = { group: name, version: 'v1', kind: 'Thing', plural: 'things', namespaced: true };
      await api.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
        metadata: { name },
        rules: [{ apiGroups: [name], resources: ['things'], verbs: ['list', 'watch'] }],
      });
      await api.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'User', name: 'bob' }],
      });
      const cluster = connect({ kubeconfigText: api.kubeconfigFor({ user: 'bob' }), times: { blindRetryMs: 100, backoffBaseMs: 20 } });
      const view = cluster.view(kind);
      await cluster.start(stop.signal);
      await view.synced;
      expect(view.state().phase).toBe('absent');
      const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
      await api.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
        metadata: { name: `things.${name}` },
        spec: {
          group: name,
          scope: 'Namespaced',
          names: { kind: 'Thing', plural: 'things' },
          versions: [{ name: 'v1', served: true, storage: true, schema }],
        },
      });
      await eventually(() => expect(view.state().phase).toBe('watching'));
      await connect().create(kind, { apiVersion: `${name}/v1`, kind: 'Thing', metadata: { name: 'x', namespace: home } });
      await eventually(() => expect(view.size).toBe(1));
    });

    test('credentials that are not accepted are SM_CLUSTER_FORBIDDEN too', async () => {
      const config = api.kubeconfig.replace(api.token, 'wrong');
      await expect(connect({ kubeconfigText: config }).get(namespaceKind, { name: 'default' })).rejects.toMatchObject({
        code: 'SM_CLUSTER_FORBIDDEN',
        message: expect.stringContaining('HTTP 401') as string,
      });
    });

    test('a server whose authority is not the known one is not trusted, and is when the file has changed', async () => {
      using folder = temporaryFolder('authority');
      const file = join(folder.path, 'ca.crt');
      writeFileSync(file, rootCertificates[0] ?? '');
      const config = JSON.parse(api.kubeconfig) as { clusters: { name: string; cluster: object }[] };
      const kubeconfigText = JSON.stringify({
        ...config,
        clusters: [{ name: 'test', cluster: { server: api.url, 'certificate-authority': file } }],
      });
      const cluster = connect({ kubeconfigText });
      await expect(cluster.get(namespaceKind, { name: 'default' })).rejects.toMatchObject({
        code: 'SM_CLUSTER_UNAVAILABLE',
        message: expect.stringContaining('self-signed certificate') as string,
      });
      writeFileSync(file, api.ca);
      expect(await cluster.get(namespaceKind, { name: 'default' })).toMatchObject({ metadata: { name: 'default' } });
    });

    test('server-side apply owns what it names and leaves the rest', async () => {
      const home = await namespace();
      const cluster = connect();
      await cluster.apply(configMapKind, configMap(home, 'x', { ours: '1' }), { fieldManager: 'seamark-a' });
      await cluster.apply(configMapKind, configMap(home, 'x', { theirs: '1' }), { fieldManager: 'seamark-b' });
      expect((await cluster.get(configMapKind, { namespace: home, name: 'x' }))?.data).toEqual({ ours: '1', theirs: '1' });
      await cluster.apply(configMapKind, configMap(home, 'x', {}), { fieldManager: 'seamark-a' });
      expect((await cluster.get(configMapKind, { namespace: home, name: 'x' }))?.data).toEqual({ theirs: '1' });
      await expect(
        cluster.apply(configMapKind, configMap(home, 'x', { theirs: '2' }), { fieldManager: 'seamark-a', force: false }),
      ).rejects.toMatchObject({ code: 'SM_CLUSTER_CONFLICT', message: expect.stringContaining('seamark-b') as string });
      expect((await cluster.apply(configMapKind, configMap(home, 'x', { theirs: '2' }), { fieldManager: 'seamark-a' })).data).toEqual({
        theirs: '2',
      });
    });

    test('a Service takes status and annotations in one request', async () => {
      const home = await namespace();
      const metrics = new Registry();
      const cluster = connect({ metrics });
      const made = await cluster.create(serviceKind, service(home, 'web'));
      const before = await requests(metrics);
      const patched = await cluster.patchStatus(
        serviceKind,
        { namespace: home, name: 'web' },
        {
          status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
          annotations: { 'metallb.io/ip-allocated-from-pool': 'lan' },
          resourceVersion: made.metadata.resourceVersion,
        },
      );
      expect(await requests(metrics)).toBe(before + 1);
      expect(patched.status?.loadBalancer?.ingress).toMatchObject([{ ip: '192.0.2.1' }]);
      expect(patched.metadata.annotations).toEqual({ 'example.org/kept': 'yes', 'metallb.io/ip-allocated-from-pool': 'lan' });
      const stale = cluster.patchStatus(
        serviceKind,
        { namespace: home, name: 'web' },
        { status: { loadBalancer: null }, resourceVersion: made.metadata.resourceVersion },
      );
      await expect(stale).rejects.toMatchObject({
        code: 'SM_CLUSTER_CONFLICT',
        message: expect.stringMatching(/^patch services n\d+\/web: .*the object has been modified/) as string,
      });
      const released = await cluster.patchStatus(
        serviceKind,
        { namespace: home, name: 'web' },
        { status: { loadBalancer: { ingress: null } }, annotations: { 'metallb.io/ip-allocated-from-pool': null } },
      );
      expect(released.status?.loadBalancer?.ingress).toBeUndefined();
      expect(released.metadata.annotations).toEqual({ 'example.org/kept': 'yes' });
    });

    test('a custom resource takes status and annotations too', async () => {
      const home = await namespace();
      const cluster = connect();
      await api.installCrds([crds('metallb.io_ipaddresspools')]);
      const made = await cluster.create(ipAddressPoolKind, {
        apiVersion: 'metallb.io/v1beta1',
        kind: 'IPAddressPool',
        metadata: { name: 'p', namespace: home },
        spec: { addresses: ['198.51.100.0/24'] },
      });
      const patched = await cluster.patchStatus(
        ipAddressPoolKind,
        { namespace: home, name: 'p' },
        { status: { assignedIPv4: 3 }, annotations: { 'example.org/a': 'b' }, resourceVersion: made.metadata.resourceVersion },
      );
      expect(patched).toMatchObject({ status: { assignedIPv4: 3 }, metadata: { annotations: { 'example.org/a': 'b' } } });
      const replaced = await cluster.replace(ipAddressPoolKind, {
        ...made,
        metadata: { name: 'p', namespace: home },
        spec: { addresses: ['198.51.100.0/25'] },
      });
      expect(replaced.spec?.addresses).toEqual(['198.51.100.0/25']);
      await expect(cluster.replace(ipAddressPoolKind, made)).rejects.toMatchObject({ code: 'SM_CLUSTER_CONFLICT' });
    });

    test('errors carry a code, the object, and what the API server said', async () => {
      const home = await namespace();
      const cluster = connect();
      await cluster.create(configMapKind, configMap(home, 'x'));
      await expect(cluster.create(configMapKind, configMap(home, 'x'))).rejects.toMatchObject({
        code: 'SM_CLUSTER_CONFLICT',
        message: expect.stringContaining('already exists') as string,
      });
      await expect(
        cluster.create(serviceKind, { ...service(home, 'bad'), spec: { type: 'LoadBalancer', ports: [{ port: 70_000 }] } }),
      ).rejects.toMatchObject({
        code: 'SM_CLUSTER_REJECTED',
        message: expect.stringMatching(/^create services n\d+\/bad: .*between 1 and 65535/) as string,
      });
      await expect(cluster.patchStatus(serviceKind, { namespace: home, name: 'none' }, { status: {} })).rejects.toMatchObject({
        code: 'SM_CLUSTER_NOT_FOUND',
      });
      expect(await cluster.get(configMapKind, { namespace: home, name: 'none' })).toBeUndefined();
      await cluster.delete(configMapKind, { namespace: home, name: 'none' });
      await expect(
        createKubernetesCluster({ kubeconfigText: api.kubeconfigFor({ server: 'https://127.0.0.1:1' }) }).get(configMapKind, {
          namespace: home,
          name: 'x',
        }),
      ).rejects.toMatchObject({ code: 'SM_CLUSTER_UNAVAILABLE', message: expect.stringContaining('ECONNREFUSED') as string });
    });

    test('a write ends with the signal of its caller', async () => {
      const ended = AbortSignal.abort(new Error('lease lost'));
      await expect(connect().delete(configMapKind, { namespace: 'default', name: 'x' }, { signal: ended })).rejects.toThrow('lease lost');
    });

    test('equal events become one with a count, beside its object', async () => {
      const home = await namespace();
      const cluster = connect();
      const made = await cluster.create(serviceKind, service(home, 'web'));
      const event = {
        regarding: { kind: 'Service', namespace: home, name: 'web', apiVersion: 'v1', uid: made.metadata.uid },
        type: 'Normal' as const,
        reason: 'IPAllocated',
        message: 'Assigned IP ["192.0.2.1"]',
        reportingComponent: 'seamark-lb-controller',
      };
      const view = cluster.view(eventKind, { namespaces: [home] });
      await cluster.start(stop.signal);
      await view.synced;
      cluster.recordEvent(event);
      await eventually(() => expect(view.size).toBe(1));
      for (let repeat = 0; repeat < 4; repeat += 1) cluster.recordEvent(event);
      cluster.recordEvent({ ...event, type: 'Warning', reason: 'AllocationFailed', message: 'm'.repeat(2_000) });
      await cluster.flushEvents();
      await eventually(() => expect(new Set([...view.list()].map((object) => object.count))).toEqual(new Set([1, 5])));
      expect([...view.list()].find((object) => object.count === 5)).toMatchObject({
        message: event.message,
        involvedObject: { kind: 'Service', name: 'web', uid: made.metadata.uid },
      });
    });
  },
);
