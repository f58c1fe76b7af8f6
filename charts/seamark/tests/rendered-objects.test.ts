import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@seamark/common/config';
import { type ApiServer, apiServerRequirement, etcdRequirement, startApiServer, temporaryFolder, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chart, guides, helmRequirement, render, releaseNamespace, type Rendered, valuesFile } from './helm.ts';

interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly automountServiceAccountToken?: boolean;
    readonly volumes?: readonly unknown[];
    readonly containers: readonly { readonly args?: readonly string[]; readonly env?: readonly { name: string; value?: string }[] }[];
  };
}

const ready = !unmet('the rendered objects', helmRequirement(), apiServerRequirement(), etcdRequirement());
const shapes: readonly (readonly [string, readonly string[]])[] = [
  ['the defaults', []],
  ...['home-lab', 'production', 'beside-coredns', ...guides].map((name) => [name, valuesFile(name)] as const),
  ['one namespace', ['--set', 'dns-sync.namespaced=true']],
];
const rendered: ReadonlyMap<string, readonly Rendered[]> = new Map(ready ? shapes.map(([name, args]) => [name, render(...args)]) : []);
const objectsOf = (shape: string): readonly Rendered[] => rendered.get(shape) ?? [];
const nameOf = ({ kind, metadata }: Rendered): string => `${kind} ${metadata.name}`;

/** The pod of an object that makes some. */
function podOf(object: Rendered): PodTemplate | undefined {
  if (object.kind === 'Pod') return object as unknown as PodTemplate;
  const spec = object['spec'] as { template?: PodTemplate; jobTemplate?: { spec: { template: PodTemplate } } } | undefined;
  return ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(object.kind) ? spec?.template : spec?.jobTemplate?.spec.template;
}

describe.skipIf(!ready)('what the chart renders', () => {
  let server: ApiServer;
  const plurals = new Map<string, string>();

  beforeAll(async () => {
    server = await startApiServer({ crds: readdirSync(join(chart, 'crds')).map((name) => join(chart, 'crds', name)) });
    for (const [name, labels] of [
      [releaseNamespace, { 'pod-security.kubernetes.io/enforce': 'restricted' }],
      ['metallb-system', {}],
    ] as const)
      await server.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  /** The path of an object's collection; undefined when the server has no such kind. */
  const collection = async ({ apiVersion, kind, metadata }: Rendered): Promise<string | undefined> => {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    if (!plurals.has(`${base} ${kind}`)) {
      const { resources = [] } = JSON.parse((await server.request('GET', base)).text) as { resources?: { name: string; kind: string }[] };
      for (const resource of resources.filter(({ name }) => !name.includes('/'))) plurals.set(`${base} ${resource.kind}`, resource.name);
    }
    const plural = plurals.get(`${base} ${kind}`);
    if (plural === undefined) return undefined;
    return metadata.namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${metadata.namespace}/${plural}`;
  };

  it.each(shapes)('is taken by the API server: %s', async (shape) => {
    for (const object of objectsOf(shape)) {
      const path = await collection(object);
      // Prometheus' operator and cert-manager bring these kinds.
      if (path === undefined && /^(monitoring\.coreos\.com|cert-manager\.io)\//.test(object.apiVersion)) continue;
      const { status, text } = await server.request('POST', `${path}?dryRun=All&fieldValidation=Strict`, object);
      expect(status, `${nameOf(object)}: ${text}`).toBe(201);
    }
  });

  it.each(shapes)('makes pods that a namespace of level restricted admits: %s', async (shape) => {
    const templates = objectsOf(shape).filter((object) => podOf(object) !== undefined);
    expect(templates).not.toEqual([]);
    for (const object of templates) {
      const { metadata, spec } = podOf(object) as PodTemplate;
      // What a StatefulSet's controller adds to its pods.
      const { volumeClaimTemplates = [] } = object['spec'] as { volumeClaimTemplates?: readonly Rendered[] };
      const claims = volumeClaimTemplates.map((claim) => ({ name: claim.metadata.name, emptyDir: {} }));
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'try', ...metadata },
        spec: { ...spec, volumes: [...(spec.volumes ?? []), ...claims] },
      };
      const { status, text } = await server.request('POST', `/api/v1/namespaces/${releaseNamespace}/pods?dryRun=All`, pod);
      expect(status, `${nameOf(object)}: ${text}`).toBe(201);
    }
  });

  it('but not those with a host port, whose value says so', async () => {
    const objects = render('--set', 'authoritative-dns.hostPort=53').filter(
      ({ metadata }) => metadata.name === 'seamark-authoritative-dns',
    );
    const template = podOf(objects.find(({ kind }) => kind === 'Deployment') as Rendered);
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'try' }, spec: template?.spec };
    const { status, text } = await server.request('POST', `/api/v1/namespaces/${releaseNamespace}/pods?dryRun=All`, pod);
    expect(status).toBe(403);
    expect(text).toContain('hostPort');
  });

  it.each(shapes)('binds every role to an account, and uses every account: %s', (shape) => {
    const objects = objectsOf(shape);
    const names = (...kinds: readonly string[]): ReadonlySet<string> =>
      new Set(objects.filter(({ kind }) => kinds.includes(kind)).map(({ metadata }) => metadata.name));
    const bindings = objects.filter(({ kind }) => kind.endsWith('RoleBinding')) as (Rendered & {
      roleRef: { name: string };
      subjects: { name: string }[];
    })[];
    const accounts = names('ServiceAccount');
    expect(new Set(bindings.map(({ roleRef }) => roleRef.name))).toEqual(names('Role', 'ClusterRole'));
    for (const binding of bindings) for (const { name } of binding.subjects) expect(accounts, nameOf(binding)).toContain(name);
    expect(new Set(objects.flatMap((object) => podOf(object)?.spec.serviceAccountName ?? []))).toEqual(accounts);
  });

  it.each(shapes)('holds no secret outside of Secrets, and gives a token only to who asks the API: %s', (shape) => {
    for (const object of objectsOf(shape)) {
      if (object.kind === 'ConfigMap' && !nameOf(object).includes('dashboard'))
        // A Corefile names the variable that holds a password, {$ETCD_PASSWORD}.
        expect(JSON.stringify(object['data']).replaceAll(/\{\$\w+\}/g, ''), nameOf(object)).not.toMatch(
          /password|BEGIN [A-Z ]*PRIVATE KEY/i,
        );
      const pod = podOf(object);
      for (const { args = [], env = [] } of pod?.spec.containers ?? []) {
        expect(args.join(' '), nameOf(object)).not.toMatch(/password=/i);
        for (const { name, value } of env)
          if (/PASSWORD|TOKEN|SECRET/.test(name)) expect(value, `${nameOf(object)} ${name}`).toBeUndefined();
      }
      if (object.metadata.name.endsWith('authoritative-dns') && pod !== undefined)
        expect(pod.spec.automountServiceAccountToken).toBe(false);
    }
  });

  it.each(shapes)('configures the components with what they read: %s', (shape) => {
    using folder = temporaryFolder('rendered');
    const files = objectsOf(shape).filter(
      (object) => object.kind === 'ConfigMap' && 'seamark.yaml' in (object['data'] as Record<string, string>),
    );
    expect(files).not.toEqual([]);
    for (const object of files) {
      const file = join(folder.path, 'seamark.yaml');
      writeFileSync(file, (object['data'] as Record<string, string>)['seamark.yaml'] ?? '');
      const config = loadConfig({ flags: {}, env: {}, file });
      expect(config.cluster.leaseNamespace === releaseNamespace || object.metadata.name.endsWith('authoritative-dns')).toBe(true);
    }
  });

  it('uses one prefix for those who write and those who answer', () => {
    const texts = render('--set', 'global.etcd.prefix=/records/')
      .filter(({ kind }) => kind === 'ConfigMap')
      .map((object) => JSON.stringify(object['data']))
      .filter((text) => text.includes('prefix'));
    expect(texts).toHaveLength(2);
    for (const text of texts) expect(text).toContain('prefix: /records/');
  });
});
