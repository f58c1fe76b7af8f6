import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ApiServer,
  apiServerRequirement,
  etcdRequirement,
  type EtcdServer,
  eventually,
  startApiServer,
  startEtcd,
  startWatchGateway,
  unmet,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chart, helmRequirement, render, releaseNamespace, type Rendered } from './helm.ts';
import { AccountRules, type Grant, userOf } from './permission-rules.ts';
import { RunningComponent } from './running-component.ts';

const crd = (name: string): string => join(chart, 'crds', name);
const communities = 'metallb.io_communities.yaml';
// Of each component's kinds one is missing (of dns-sync's HTTPRoute): only then are the definitions looked at.
const crds = readdirSync(join(chart, 'crds'))
  .filter((name) => name !== communities)
  .map(crd);
/** The definition of HTTPRoute as far as it is needed to have the kind. */
const httpRouteDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'httproutes.gateway.networking.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
  },
  spec: {
    group: 'gateway.networking.k8s.io',
    names: { kind: 'HTTPRoute', listKind: 'HTTPRouteList', plural: 'httproutes', singular: 'httproute' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
const ready = !unmet('the permissions that the chart grants', helmRequirement(), apiServerRequirement(), etcdRequirement());
const endpoint = 'http://127.0.0.1:1';
const outsideEtcd = [
  '--set',
  `etcd.enabled=false,global.etcd.endpoints={${endpoint}},global.etcd.tls.mode=off,global.etcd.auth.enabled=false,global.zones={example.org}`,
];
const objects: readonly Rendered[] = ready ? render(...outsideEtcd) : [];
const rulesOf = (component: string): AccountRules => new AccountRules(objects, `seamark-${component}`);
const configOf = (component: string): string => {
  const config = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === `seamark-${component}`);
  return (config as { readonly data?: Readonly<Record<string, string>> } | undefined)?.data?.['seamark.yaml'] ?? '';
};
const grantsOf = (component: string): readonly (readonly [string, Grant])[] =>
  rulesOf(component)
    .grants.map((grant) => [`${grant.verb} ${grant.resource}`, grant] as const)
    // Those that bring the missing kind come last.
    .toSorted(([a], [b]) => Number(/^watch (communities|httproutes)$/.test(a)) - Number(/^watch (communities|httproutes)$/.test(b)));

describe.skipIf(!ready)('the permissions that the chart grants', () => {
  let server: ApiServer;
  let etcd: EtcdServer;
  let made = 0;

  beforeAll(async () => {
    const users = ['lb-controller', 'dns-sync'].map((component) => ({
      name: userOf(`seamark-${component}`),
      groups: ['system:authenticated'],
    }));
    [server, etcd] = await Promise.all([startApiServer({ crds, users }), startEtcd()]);
    await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: releaseNamespace } });
    await create(`/apis/metallb.io/v1beta1/namespaces/${releaseNamespace}/ipaddresspools`, {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: { name: 'lan' },
      spec: { addresses: ['198.51.100.0/24'] },
    });
  });
  afterAll(async () => {
    await Promise.all([server?.[Symbol.asyncDispose](), etcd?.[Symbol.asyncDispose]()]);
  });

  const create = async (path: string, object: unknown): Promise<void> => {
    const { status, text } = await server.request('POST', path, object);
    if (status !== 201) throw new Error(`POST ${path}: ${text}`);
  };
  const pool = (name: string): string => `/apis/metallb.io/v1beta1/namespaces/${releaseNamespace}/ipaddresspools/${name}`;
  const services = '/api/v1/namespaces/default/services';
  /** A LoadBalancer Service with a hostname of its own. */
  const createService = async (): Promise<{ readonly name: string; readonly path: string }> => {
    const name = `web-${(made += 1)}`;
    await create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, annotations: { 'external-dns.kubernetes.io/hostname': `${name}.example.org` } },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
    });
    return { name, path: `${services}/${name}` };
  };
  const merge = (path: string, patch: unknown): Promise<unknown> => server.request('PATCH', path, patch, 'application/merge-patch+json');
  const addressOf = async (path: string): Promise<string | undefined> =>
    (JSON.parse((await server.request('GET', path)).text) as { status?: { loadBalancer?: { ingress?: { ip?: string }[] } } }).status
      ?.loadBalancer?.ingress?.[0]?.ip;
  const start = async (component: string, denied?: Grant, apiUrl = server.url): Promise<RunningComponent> => {
    await rulesOf(component).apply(server, denied);
    await server.request('DELETE', `/apis/coordination.k8s.io/v1/namespaces/${releaseNamespace}/leases/seamark-${component}`);
    return new RunningComponent(component, {
      config: configOf(component).replace(endpoint, etcd.endpoint),
      kubeconfig: server.kubeconfigFor({ user: userOf(`seamark-${component}`), server: apiUrl }),
    });
  };
  const told = (running: RunningComponent, { verb, resource }: Grant): Promise<void> =>
    eventually(
      () => {
        // As the API server says it, with the group and where; ours says before it who was refused.
        const sentence = running.warnings.find((warning) => warning.includes(`cannot ${verb} resource "${resource}"`));
        expect(sentence, running.output.slice(-3_000)).toMatch(/refused to user system:serviceaccount:/);
      },
      { timeoutMs: 20_000, everyMs: 50 },
    );
  const events = async (name: string): Promise<readonly { readonly reason: string; readonly count: number }[]> =>
    (
      JSON.parse((await server.request('GET', `/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=${name}`)).text) as {
        items: { reason: string; count: number }[];
      }
    ).items;

  it('are enough for lb-controller', async () => {
    await using running = await start('lb-controller');
    const { name, path } = await createService();
    await eventually(async () => expect(await addressOf(path), running.output).toMatch(/^198\.51\.100\./), { timeoutMs: 20_000 });
    await eventually(async () => expect(await events(name)).not.toEqual([]));
    expect(running.warnings).toEqual([]);
  });

  it('are enough for dns-sync', async () => {
    await using running = await start('dns-sync');
    const { name, path } = await createService();
    await merge(`${path}/status`, { status: { loadBalancer: { ingress: [{ ip: '198.51.100.250' }] } } });
    await eventually(async () => expect(await keysOf(etcd, `/skydns/org/example/${name}/`)).toBeGreaterThan(0), { timeoutMs: 20_000 });
    expect(running.warnings.filter((warning) => !warning.includes('has neither TLS nor authentication'))).toEqual([]);
  });

  it('are none for authoritative-dns', () => {
    expect(rulesOf('authoritative-dns').grants).toEqual([]);
  });

  describe('without one of them lb-controller says which is missing:', () => {
    it.each(grantsOf('lb-controller'))('%s', async (_title, grant) => {
      if (grant.verb === 'get' && grant.resource === 'services') {
        // Read again after a conflict: the view lags behind a change of somebody else.
        await using gateway = await startWatchGateway(server);
        await using running = await start('lb-controller', grant, gateway.url);
        const first = await createService();
        await eventually(async () => expect(await addressOf(first.path), running.output).toBeDefined(), { timeoutMs: 20_000 });
        gateway.hold('services');
        const moved = await addressOf(first.path);
        await merge(first.path, { metadata: { labels: { changed: 'by-somebody' } } });
        await create(`/apis/metallb.io/v1beta1/namespaces/${releaseNamespace}/ipaddresspools`, {
          apiVersion: 'metallb.io/v1beta1',
          kind: 'IPAddressPool',
          metadata: { name: 'narrow' },
          spec: { addresses: ['203.0.113.1/32'] },
        });
        await merge(pool('lan'), { spec: { addresses: ['198.51.100.0/32'] } });
        expect(moved).toBeDefined();
        try {
          await told(running, grant);
        } finally {
          await merge(pool('lan'), { spec: { addresses: ['198.51.100.0/24'] } });
          await server.request('DELETE', pool('narrow'));
        }
        return;
      }
      await using running = await start('lb-controller', grant);
      if (grant.verb === 'watch' && grant.resource === 'communities') await server.installCrds([crd(communities)]);
      const { path } = await createService();
      if (grant.verb === 'patch' && grant.resource === 'events') {
        // The same Event again is counted up.
        await eventually(async () => expect(await addressOf(path), running.output).toBeDefined(), { timeoutMs: 20_000 });
        await merge(path, { spec: { type: 'ClusterIP' } });
        await eventually(async () => expect(await addressOf(path)).toBeUndefined());
        await merge(path, { spec: { type: 'LoadBalancer' } });
      }
      await told(running, grant);
    });
  });

  describe('without one of them dns-sync says which is missing:', () => {
    it.each(grantsOf('dns-sync'))('%s', async (_title, grant) => {
      await using running = await start('dns-sync', grant);
      if (grant.verb === 'watch' && grant.resource === 'httproutes')
        await create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', httpRouteDefinition);
      const { name, path } = await createService();
      await merge(`${path}/status`, { status: { loadBalancer: { ingress: [{ ip: '198.51.100.250' }] } } });
      if (grant.verb === 'patch' && grant.resource === 'events') {
        const key = `/skydns/org/example/${name}/`;
        await eventually(async () => expect(await keysOf(etcd, key)).toBeGreaterThan(0), { timeoutMs: 20_000 });
        await merge(path, { metadata: { annotations: { 'external-dns.kubernetes.io/hostname': null } } });
        await eventually(async () => expect(await keysOf(etcd, key)).toBe(0), { timeoutMs: 20_000 });
        await merge(path, { metadata: { annotations: { 'external-dns.kubernetes.io/hostname': `${name}.example.org` } } });
      }
      await told(running, grant);
    });
  });
});

/** How many keys etcd has below a prefix. */
async function keysOf(etcd: EtcdServer, prefix: string): Promise<number> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const body = JSON.stringify({ key: base64(prefix), range_end: base64(`${prefix}\uFFFF`), count_only: true });
  const answer = await fetch(`${etcd.endpoint}/v3/kv/range`, { method: 'POST', body });
  return Number(((await answer.json()) as { count?: string }).count ?? 0);
}
