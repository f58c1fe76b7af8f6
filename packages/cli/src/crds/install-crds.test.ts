import { createKubernetesCluster } from '@seamark/common/cluster/kubernetes';
import { apiServerRequirement, type ApiServer, etcdRequirement, startApiServer, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Crd, crdVersionAnnotation } from './crd.ts';
import { decideCrd } from './decide-crd.ts';
import { defaultCrdFolder, installCrds, readCrds } from './install-crds.ts';

const ours = readCrds(defaultCrdFolder());
const named = (name: string): Crd => ours.find((crd) => crd.metadata.name === name) as Crd;
const pools = named('ipaddresspools.metallb.io');
const endpoints = named('dnsendpoints.externaldns.k8s.io');
const withVersion = (crd: Crd, version: string): Crd => ({
  ...crd,
  metadata: { ...crd.metadata, annotations: { ...crd.metadata.annotations, [crdVersionAnnotation]: version } },
});

describe('the decision about a definition', () => {
  const foreign = (metadata: object, versions = [{ name: 'v1beta1', served: true, storage: true }]): Crd => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'ipaddresspools.metallb.io', ...metadata },
    spec: { versions },
  });
  it.each([
    ['none is there', undefined, 'apply', 'created'],
    ['ours of the same version', withVersion(pools, '1'), 'apply', 'unchanged'],
    ['ours without a version', { ...pools, metadata: { ...pools.metadata, annotations: {} } }, 'apply', 'upgraded from version 0 to 1'],
    ['ours, newer', withVersion(pools, '7'), 'leave', 'version 7 is newer than 1, left alone'],
    [
      'MetalLB’s by its chart',
      foreign({ annotations: { 'meta.helm.sh/release-name': 'metallb', 'meta.helm.sh/release-namespace': 'metallb-system' } }),
      'leave',
      'of Helm release metallb-system/metallb, left alone: it serves v1beta1',
    ],
    [
      'somebody’s by kubectl',
      foreign({ managedFields: [{ manager: 'kubectl-client-side-apply' }] }),
      'leave',
      'of MetalLB (written by kubectl-client-side-apply), left alone: it serves v1beta1',
    ],
    [
      'an old one of somebody',
      foreign({ labels: { app: 'metallb' } }, [{ name: 'v1alpha1', served: true, storage: true }]),
      'refuse',
      'of metallb, and it does not serve v1beta1',
    ],
    [
      'ours with objects in a version that is gone',
      { ...withVersion(pools, '0'), status: { storedVersions: ['v1alpha1', 'v1beta1'] } },
      'refuse',
      'objects are stored in version v1alpha1, which version 1 of it no longer has',
    ],
  ] as const)('%s', (_, installed, action, why) => {
    expect(decideCrd(pools, installed)).toEqual({ action, why });
  });

  it('every definition of the chart has a version', () => {
    for (const crd of ours) expect(crd.metadata.annotations?.[crdVersionAnnotation], crd.metadata.name).toMatch(/^[1-9]\d*$/);
  });
});

describe.skipIf(unmet('CRDs on an API server', etcdRequirement(), apiServerRequirement()))('CRDs on an API server', () => {
  let api: ApiServer;
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const install = async (crds: readonly Crd[], user?: string): Promise<string> => {
    const cluster = createKubernetesCluster({ kubeconfigText: api.kubeconfigFor(user === undefined ? {} : { user }) });
    const lines: string[] = [];
    await installCrds({ cluster, crds, timeoutMs: 20_000, report: (line) => lines.push(line) });
    return lines.join('\n');
  };
  const read = async (name: string): Promise<Crd> => JSON.parse((await api.request('GET', `${path}/${name}`)).text) as Crd;

  beforeAll(async () => {
    api = await startApiServer({ users: [{ name: 'hook' }] });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it('an older one of ours is upgraded, its objects stay, and so they do the second time', async () => {
    // As an earlier version had it: without the annotation, with one more column and no status of its columns.
    const { annotations: _annotations, ...metadata } = endpoints.metadata;
    const [version] = endpoints.spec?.versions ?? [];
    const columns = [{ name: 'Old', type: 'string', jsonPath: '.spec.old' }];
    const older = { ...endpoints, metadata: { ...metadata, annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } } };
    const spec = { ...endpoints.spec, versions: [{ ...version, additionalPrinterColumns: columns }] };
    expect((await api.request('POST', path, { ...older, spec })).status).toBe(201);
    const objects = '/apis/externaldns.k8s.io/v1alpha1/namespaces/default/dnsendpoints';
    const object = {
      apiVersion: 'externaldns.k8s.io/v1alpha1',
      kind: 'DNSEndpoint',
      metadata: { name: 'kept' },
      spec: { endpoints: [{ dnsName: 'kept.example.org', recordType: 'A', targets: ['192.0.2.1'] }] },
    };
    await expect.poll(async () => (await api.request('POST', objects, object)).status, { timeout: 20_000 }).toBe(201);

    expect(await install([endpoints])).toBe(`CRD ${endpoints.metadata.name}: upgraded from version 0 to 1`);
    expect(JSON.stringify((await read(endpoints.metadata.name)).spec)).not.toContain('.spec.old');
    expect((await api.request('GET', `${objects}/kept`)).text).toContain('kept.example.org');
    const upgraded = await read(endpoints.metadata.name);
    expect(await install([endpoints])).toBe(`CRD ${endpoints.metadata.name}: unchanged`);
    expect((await read(endpoints.metadata.name)).metadata.resourceVersion).toBe(upgraded.metadata.resourceVersion);
  });

  it('all are created with the rights of the hook, and served', async () => {
    const names = ours.map((crd) => crd.metadata.name);
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    await expect(install(ours, 'hook')).rejects.toMatchObject({ code: 'SM_CLUSTER_FORBIDDEN' });
    await api.request('POST', `${rbac}/clusterroles`, {
      metadata: { name: 'hook' },
      rules: [
        {
          apiGroups: ['apiextensions.k8s.io'],
          resources: ['customresourcedefinitions'],
          resourceNames: names,
          verbs: ['get', 'create', 'patch'],
        },
      ],
    });
    await api.request('POST', `${rbac}/clusterrolebindings`, {
      metadata: { name: 'hook' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'hook' },
      subjects: [{ kind: 'User', name: 'hook' }],
    });
    await expect.poll(() => install(ours, 'hook').catch(String), { timeout: 10_000 }).toMatch(/pools\.metallb\.io: (created|unchanged)/);
    const served = await api.request('GET', '/apis/metallb.io/v1beta1/ipaddresspools');
    expect(served.status).toBe(200);
  });

  it('a newer one stays, and one of somebody else that lacks a version is refused after all others are done', async () => {
    const newer = withVersion(pools, '9');
    const current = await read(pools.metadata.name);
    await api.request(
      'PATCH',
      `${path}/${pools.metadata.name}`,
      { metadata: { annotations: newer.metadata.annotations } },
      'application/merge-patch+json',
    );
    expect(await install([pools])).toContain('version 9 is newer than 1, left alone');
    expect((await read(pools.metadata.name)).spec).toEqual(current.spec);

    const peers = named('bgppeers.metallb.io');
    const [version] = peers.spec?.versions ?? [];
    await api.request('DELETE', `${path}/${peers.metadata.name}`);
    await expect.poll(async () => (await api.request('GET', `${path}/${peers.metadata.name}`)).status).toBe(404);
    const foreign = { ...peers, metadata: { name: peers.metadata.name, labels: { app: 'metallb' } } };
    await api.request('POST', path, { ...foreign, spec: { ...peers.spec, versions: [{ ...version, name: 'v1beta1' }] } });
    await expect(install([peers, endpoints])).rejects.toMatchObject({
      code: 'SM_CRD_UNUSABLE',
      message: 'bgppeers.metallb.io: of metallb, and it does not serve v1beta2',
    });
  });
});
