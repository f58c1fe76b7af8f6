import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { apiServerRequirement, etcdRequirement, startApiServer, unmet, type ApiServer } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import type { Cluster } from '../cluster.ts';
import {
  type Kind,
  bfdProfileKind,
  bgpAdvertisementKind,
  bgpPeerKind,
  communityKind,
  dnsEndpointKind,
  ipAddressPoolKind,
  l2AdvertisementKind,
  namespaceKind,
} from '../kind.ts';
import { createKubernetesCluster } from './kubernetes-cluster.ts';

const folder = resolve(import.meta.dirname, '../../../../../charts/seamark/crds');
const namespace = 'metallb-system';
const oldBgpPeerKind: Kind = { ...bgpPeerKind, version: 'v1beta1' };
const byLabel = { matchLabels: { zone: 'a' }, matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['edge'] }] };

interface Case {
  readonly title: string;
  readonly kind: Kind;
  readonly spec: object;
}

const accepted: readonly Case[] = [
  { title: 'a pool of a range', kind: ipAddressPoolKind, spec: { addresses: ['192.0.2.240-192.0.2.250'] } },
  {
    title: 'a pool of prefixes of both families',
    kind: ipAddressPoolKind,
    spec: { addresses: ['198.51.100.0/24', '2001:db8::/112'], autoAssign: false, avoidBuggyIPs: true },
  },
  {
    title: 'a pool for some Services',
    kind: ipAddressPoolKind,
    spec: {
      addresses: ['203.0.113.0/24'],
      serviceAllocation: {
        priority: 50,
        namespaces: ['a', 'b'],
        namespaceSelectors: [byLabel],
        serviceSelectors: [{ matchExpressions: [{ key: 'x', operator: 'Exists' }] }],
      },
    },
  },
  { title: 'an L2 advertisement of a pool', kind: l2AdvertisementKind, spec: { ipAddressPools: ['lan'] } },
  {
    title: 'an L2 advertisement with everything',
    kind: l2AdvertisementKind,
    spec: {
      ipAddressPools: ['lan'],
      ipAddressPoolSelectors: [byLabel],
      nodeSelectors: [byLabel],
      interfaces: ['eth0'],
      serviceSelectors: [byLabel],
      preferredNodeSelectors: [{ weight: 100, preference: byLabel }],
    },
  },
  { title: 'a BGP advertisement of a pool', kind: bgpAdvertisementKind, spec: { ipAddressPools: ['lan'] } },
  {
    title: 'a BGP advertisement with everything',
    kind: bgpAdvertisementKind,
    spec: {
      aggregationLength: 24,
      aggregationLengthV6: 64,
      localPref: 4_294_967_295,
      communities: ['64512:100', 'large:64512:1:2', 'no-export'],
      peers: ['router'],
      nodeSelectors: [byLabel],
    },
  },
  {
    title: 'a BGP advertisement of some Services without aggregation',
    kind: bgpAdvertisementKind,
    spec: { aggregationLength: 32, serviceSelectors: [byLabel] },
  },
  { title: 'an iBGP peer', kind: bgpPeerKind, spec: { myASN: 64_512, peerASN: 64_512, peerAddress: '192.0.2.1' } },
  {
    title: 'a BGP peer with everything',
    kind: bgpPeerKind,
    spec: {
      myASN: 4_200_000_000,
      peerASN: 64_513,
      localASN: 64_514,
      peerAddress: '2001:db8::1',
      sourceAddress: '2001:db8::2',
      peerPort: 1_790,
      holdTime: '90s',
      keepaliveTime: '30s',
      connectTime: '10s',
      routerID: '192.0.2.9',
      nodeSelectors: [byLabel],
      passwordSecret: { name: 'bgp', namespace },
      bfdProfile: 'fast',
      enableGracefulRestart: true,
      ebgpMultiHop: true,
      vrf: 'red',
      dualStackAddressFamily: true,
    },
  },
  { title: 'an unnumbered BGP peer', kind: bgpPeerKind, spec: { myASN: 64_512, dynamicASN: 'external', interface: 'eth1' } },
  {
    title: 'a BGP peer of the old version',
    kind: oldBgpPeerKind,
    spec: {
      myASN: 64_512,
      peerASN: 64_513,
      peerAddress: '192.0.2.2',
      holdTime: '90s',
      nodeSelectors: [{ matchExpressions: [{ key: 'x', operator: 'In', values: ['y'] }] }],
    },
  },
  { title: 'an empty BFD profile', kind: bfdProfileKind, spec: {} },
  {
    title: 'a BFD profile with everything',
    kind: bfdProfileKind,
    spec: {
      receiveInterval: 10,
      transmitInterval: 60_000,
      detectMultiplier: 2,
      echoInterval: 50,
      echoMode: true,
      passiveMode: true,
      minimumTtl: 254,
    },
  },
  { title: 'names of communities', kind: communityKind, spec: { communities: [{ name: 'no-export', value: '65535:65281' }] } },
  {
    title: 'records',
    kind: dnsEndpointKind,
    spec: {
      endpoints: [
        {
          dnsName: 'app.example.org',
          recordType: 'A',
          recordTTL: 60,
          targets: ['192.0.2.7'],
          labels: { team: 'web' },
          providerSpecific: [{ name: 'coredns/group', value: 'g1' }],
          setIdentifier: 'a',
        },
        { dnsName: '_sip._udp.example.org', recordType: 'SRV', targets: ['10 50 5060 sip.example.org.'] },
      ],
    },
  },
  { title: 'no records', kind: dnsEndpointKind, spec: {} },
];

const refused: readonly (Case & { readonly because: RegExp })[] = [
  { title: 'a pool without addresses', kind: ipAddressPoolKind, spec: {}, because: /spec\.addresses: Required value/ },
  {
    title: 'a pool whose addresses are no list',
    kind: ipAddressPoolKind,
    spec: { addresses: '192.0.2.0/24' },
    because: /must be of type array/,
  },
  {
    title: 'an aggregate of some Services',
    kind: bgpAdvertisementKind,
    spec: { aggregationLength: 24, serviceSelectors: [byLabel] },
    because: /serviceSelectors need aggregationLength 32/,
  },
  {
    title: 'an aggregation length of nothing',
    kind: bgpAdvertisementKind,
    spec: { aggregationLength: 0 },
    because: /greater than or equal to 1/,
  },
  {
    title: 'a peer without its own system',
    kind: bgpPeerKind,
    spec: { peerASN: 1, peerAddress: '192.0.2.1' },
    because: /spec\.myASN: Required value/,
  },
  {
    title: 'a system number beyond 32 bits',
    kind: bgpPeerKind,
    spec: { myASN: 4_294_967_296 },
    because: /less than or equal to 4294967295/,
  },
  {
    title: 'half a second between attempts',
    kind: bgpPeerKind,
    spec: { myASN: 1, peerASN: 2, peerAddress: '192.0.2.1', connectTime: '500ms' },
    because: /connectTime must be from 1s to 65535s/,
  },
  { title: 'too fast a BFD profile', kind: bfdProfileKind, spec: { receiveInterval: 9 }, because: /greater than or equal to 10/ },
  {
    title: 'an L2 preference beyond 100',
    kind: l2AdvertisementKind,
    spec: { preferredNodeSelectors: [{ weight: 101, preference: byLabel }] },
    because: /less than or equal to 100/,
  },
];

describe.skipIf(unmet('custom resources in a real API server', apiServerRequirement(), etcdRequirement()))(
  'the custom resource definitions of the chart',
  () => {
    let api: ApiServer;
    let cluster: Cluster;
    let made = 0;

    beforeAll(async () => {
      api = await startApiServer({ crds: readdirSync(folder).map((file) => join(folder, file)) });
      cluster = createKubernetesCluster({ kubeconfig: api.kubeconfigPath });
      await cluster.create(namespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    });
    afterAll(() => api[Symbol.asyncDispose]());

    const create = (kind: Kind, spec: object): Promise<KubernetesObject & { spec?: object }> =>
      cluster.create(kind, {
        apiVersion: '',
        kind: '',
        metadata: { name: `o${(made += 1)}`, namespace },
        spec,
      } as unknown as KubernetesObject);

    test.each(accepted)('accept and keep $title', async ({ kind, spec }) => {
      expect((await create(kind, spec)).spec).toMatchObject(spec);
    });

    test.each(refused)('refuse $title', async ({ kind, spec, because }) => {
      await expect(create(kind, spec)).rejects.toMatchObject({
        code: 'SM_CLUSTER_REJECTED',
        message: expect.stringMatching(because) as string,
      });
    });

    test('fill in the defaults of MetalLB', async () => {
      expect(await create(ipAddressPoolKind, { addresses: ['192.0.2.0/24'] })).toMatchObject({
        spec: { autoAssign: true, avoidBuggyIPs: false },
      });
      expect(await create(bgpAdvertisementKind, {})).toMatchObject({ spec: { aggregationLength: 32, aggregationLengthV6: 128 } });
      expect(await create(bgpPeerKind, { myASN: 1, peerASN: 2, peerAddress: '192.0.2.1' })).toMatchObject({ spec: { peerPort: 179 } });
    });

    test('a BGP peer of the old version is read by the new one', async () => {
      const old = await create(oldBgpPeerKind, { myASN: 1, peerASN: 2, peerAddress: '192.0.2.1' });
      expect(await cluster.get(bgpPeerKind, old.metadata)).toMatchObject({
        apiVersion: 'metallb.io/v1beta2',
        spec: { myASN: 1, peerASN: 2, peerAddress: '192.0.2.1' },
      });
    });

    test('pools and records have a status of their own', async () => {
      const pool = await create(ipAddressPoolKind, { addresses: ['2001:db8::/32'] });
      const status = { assignedIPv4: 0, assignedIPv6: 1, availableIPv4: 0, availableIPv6: 2 ** 53 - 1 };
      expect(await cluster.patchStatus(ipAddressPoolKind, pool.metadata, { status })).toMatchObject({
        status,
        metadata: { generation: 1 },
      });
      const records = await create(dnsEndpointKind, {});
      const conditions = [
        { type: 'Ready', status: 'False', reason: 'OutsideFilter', message: 'no', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ];
      expect(await cluster.patchStatus(dnsEndpointKind, records.metadata, { status: { observedGeneration: 1, conditions } })).toMatchObject(
        { status: { observedGeneration: 1, conditions } },
      );
    });

    test('kubectl’s table shows what matters', async () => {
      await create(l2AdvertisementKind, { ipAddressPools: ['lan'] });
      const answer = await api.request('GET', '/apis/metallb.io/v1beta1/ipaddresspools?includeObject=None');
      expect(answer.status).toBe(200);
      const definition = JSON.parse(
        (await api.request('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ipaddresspools.metallb.io')).text,
      ) as { spec: { versions: { additionalPrinterColumns: { name: string }[] }[] } };
      expect(definition.spec.versions[0]?.additionalPrinterColumns.map((column) => column.name).slice(0, 3)).toEqual([
        'Auto Assign',
        'Avoid Buggy IPs',
        'Addresses',
      ]);
    });
  },
);
