import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { unmet } from '@seamark/testkit';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { chart, guides, helmRequirement, render, type Rendered, valuesFile } from './helm.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as Schema;
const page = readFileSync(resolve(chart, '../../docs/guide/guides-value-by-value.md'), 'utf8');
/** Cells of its tables, row by row. */
const rows = page
  .split('\n')
  .filter((line) => /^\| (?!---|in the guides|guide )/.test(line))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));

/** True when a value may stand at this path. */
function isValue(path: string): boolean {
  const found = path.split('.').reduce<Schema | undefined>((at, key) => at?.properties?.[key], schema);
  return found !== undefined;
}

describe('docs/guide/guides-value-by-value.md', () => {
  const tops = Object.keys(schema.properties ?? {}).join('|');
  const named = rows.flatMap((row) => [...(row[3] ?? row[2] ?? '').matchAll(new RegExp(`\`((?:${tops})(?:\\.[A-Za-z-]+)*)\``, 'g'))]);

  it('names values of the chart', () => {
    expect(named.length).toBeGreaterThan(60);
  });

  it.each([...new Set(named.map((match) => match[1] ?? ''))])('%s is one', (path) => {
    expect(isValue(path)).toBe(true);
  });

  // What the guides' charts, flags and manifests say.
  const said = [
    'IPAddressPool, L2Advertisement, BGPAdvertisement, BGPPeer, memberlist, ConfigMap `config`, loadBalancerIPs, address-pool, ETCD_URLS',
    'sources, domainFilters, policy, registry, txtOwnerId, --txt-prefix, interval, --min-event-sync-interval, --namespace`',
    '--namespace-selector, --annotation-filter, replicaCount, --leader-elect, resources, affinity, extraArgs, serviceAccount.annotations, extraVolumes',
    'extraVolumeMounts, --aws-zone-type, --aws-region, --exclude-domains, --zone-id-filter, coredns.etcdEndpoints, coredns.etcdTLS, caFilename, certFilename',
    'keyFilename, gateway-httproute, provider, serviceType, servers[].zones, servers[].port, servers[].plugins, extraSecrets, isClusterService',
    'rbac.pspEnable, stubzones, cache 30, forward, loadbalance, lameduck 5s, reload, loop, auth.rbac.create',
    'EtcdCluster, ApplicationSet, HelmRelease',
  ].flatMap((names) => names.split(', '));

  it.each(said)('says what becomes of %s', (name) => {
    expect(rows.filter((row) => row.join().includes(name))).not.toEqual([]);
  });
});

describe.skipIf(unmet('the installs of the guides', helmRequirement()))('the values of a guide', () => {
  const objects = new Map(guides.map((name) => [name, render(...valuesFile(name))]));
  const all = (name: string, kind: string): readonly Rendered[] =>
    (objects.get(`guides/${name}`) ?? []).filter((object) => object.kind === kind);
  const one = (name: string, kind: string, object: string): Rendered => {
    const found = all(name, kind).find(({ metadata }) => metadata.name === object);
    if (found === undefined) throw new Error(`${name} renders no ${kind} ${object}`);
    return found;
  };
  const dnsService = (name: string) =>
    one(name, 'Service', 'seamark-dns') as Rendered & {
      readonly spec: { readonly type: string; readonly ports: readonly { readonly nodePort?: number; readonly protocol: string }[] };
    };
  const config = (name: string, component: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> => {
    const { data } = one(name, 'ConfigMap', `seamark-${component}`) as unknown as { data: Record<string, string> };
    return load(data['seamark.yaml'] ?? '') as ReturnType<typeof config>;
  };

  it.each([
    ['a-bare-metal', ['192.0.2.240-192.0.2.250'], '192.0.2.241', ['env.example.org']],
    ['b-gitops', ['198.51.100.0/24'], '198.51.100.10', ['example.org']],
    ['c-cookbook', ['192.0.2.240/32', '192.0.2.241-192.0.2.250'], '192.0.2.250', ['example.org']],
    ['d-public', ['198.51.100.0-198.51.100.19', '198.51.100.20-198.51.100.39'], '198.51.100.10', ['example.org']],
    ['d-internal', [], '198.51.100.30', ['example.org']],
    ['e-on-premises', ['203.0.113.200-203.0.113.220'], undefined, ['corp.example.org']],
  ])('%s: pools, address of DNS, zones and filters', (name, addresses, server, zones) => {
    expect(all(name, 'IPAddressPool').flatMap((pool) => (pool['spec'] as { addresses: string[] }).addresses)).toEqual(addresses);
    const { annotations = {} } = dnsService(name).metadata;
    expect(annotations['metallb.io/loadBalancerIPs']).toBe(server);
    expect(config(name, 'authoritative-dns')['authoritativeDns']?.['zones']).toEqual(zones);
    expect(config(name, 'dns-sync')['dnsSync']?.['domainFilters']).toEqual(zones);
  });

  it('E reaches its etcd with the certificate that its operator wrote, and answers on one node port', () => {
    for (const component of ['dns-sync', 'authoritative-dns']) {
      expect(config('e-on-premises', component)['store']).toMatchObject({
        endpoints: ['https://cilium-etcd-client.external-dns.svc:2379'],
        caFile: '/etc/seamark-etcd/ca.crt',
        certFile: '/etc/seamark-etcd/tls.crt',
        keyFile: '/etc/seamark-etcd/tls.key',
      });
      const deployment = one('e-on-premises', 'Deployment', `seamark-${component}`);
      for (const key of ['etcd-client-ca.crt', 'etcd-client.crt', 'etcd-client.key']) expect(JSON.stringify(deployment)).toContain(key);
    }
    expect(all('e-on-premises', 'StatefulSet')).toEqual([]);
    const { type, ports } = dnsService('e-on-premises').spec;
    expect({ type, ports: ports.map(({ protocol, nodePort }) => [protocol, nodePort]) }).toEqual({
      type: 'NodePort',
      ports: [
        ['UDP', 31_071],
        ['TCP', 31_071],
      ],
    });
  });

  it('C gives the flags of the cookbook to dns-sync as they are', () => {
    const { spec } = one('c-cookbook', 'Deployment', 'seamark-dns-sync') as unknown as {
      spec: { template: { spec: { containers: [{ args: string[] }] } } };
    };
    const { args } = spec.template.spec.containers[0];
    expect(args).toEqual(
      expect.arrayContaining(['--namespace=production', '--namespace=staging', '--leader-elect=true', '--min-event-sync-interval=5s']),
    );
  });

  it('D keeps the two views apart: own owners, own filters, one of them gives out addresses', () => {
    expect(all('d-internal', 'Deployment').map(({ metadata }) => metadata.name)).not.toContain('seamark-lb-controller');
    const sections = ['d-public', 'd-internal'].map((name) => config(name, 'dns-sync')['dnsSync']);
    expect(sections.map((section) => section?.['txtOwnerId'])).toEqual(['cluster-a-public', 'cluster-a-private']);
    expect(sections.map((section) => section?.['policy'])).toEqual(['upsert-only', 'sync']);
  });

  it('proposes helm test only where it can succeed: source crd on, and no filter that leaves its DNSEndpoint out', () => {
    const renders = (name: string) => all(name, 'Pod').length > 0;
    expect(guides.map((name) => name.slice('guides/'.length)).filter(renders)).toEqual([
      'a-bare-metal',
      'a-corefile',
      'b-gitops',
      'e-on-premises',
      'e-corefile',
    ]);
  });
});
