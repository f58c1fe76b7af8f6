import { fileURLToPath } from 'node:url';
import { type Cluster, ipAddressPoolKind, serviceKind } from '@seamark/common/cluster';
import { createKubernetesCluster } from '@seamark/common/cluster/kubernetes';
import { recordDecisions } from '@seamark/common/reasons';
import { type ApiServer, apiServerRequirement, etcdRequirement, eventually, startApiServer, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LbLab, poolObject, serviceObject } from './testing/lb-lab.ts';

const crds = ['ipaddresspools', 'l2advertisements', 'bgpadvertisements', 'bgppeers', 'bfdprofiles', 'communities'].map((plural) =>
  fileURLToPath(new URL(`../../../charts/seamark/crds/metallb.io_${plural}.yaml`, import.meta.url)),
);

describe.skipIf(unmet('lb-controller on a real API server', apiServerRequirement(), etcdRequirement()))(
  'lb-controller on a real API server',
  () => {
    let server: ApiServer;
    let user: Cluster;
    const stopUser = new AbortController();

    beforeAll(async () => {
      // A single-stack cluster, in which PreferDualStack leads to one clusterIP.
      server = await startApiServer({ crds, extraArgs: ['--service-cluster-ip-range=10.96.0.0/16'] });
      user = createKubernetesCluster({ kubeconfig: server.kubeconfigPath });
      await user.start(stopUser.signal);
      await server.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'metallb-system' } });
    });
    afterAll(async () => {
      stopUser.abort();
      await server?.[Symbol.asyncDispose]();
    });

    const startLab = async (): Promise<LbLab> => {
      const resources = new AsyncDisposableStack();
      const stop = new AbortController();
      resources.defer(() => stop.abort());
      const cluster = createKubernetesCluster({ kubeconfig: server.kubeconfigPath });
      const lab = new LbLab(cluster, {}, resources);
      const starting = lab.startController();
      await cluster.start(stop.signal);
      await starting;
      return lab;
    };
    const clear = async (): Promise<void> => {
      const { items } = JSON.parse((await server.request('GET', '/api/v1/namespaces/default/services')).text) as {
        items: { metadata: { name: string } }[];
      };
      for (const { metadata } of items)
        if (metadata.name !== 'kubernetes') await user.delete(serviceKind, { namespace: 'default', name: metadata.name });
      for (const name of ['lan', 'dual']) await user.delete(ipAddressPoolKind, { namespace: 'metallb-system', name });
    };

    it('addresses a Service in one write, with Event and condition, and gives the address on when it is deleted', async () => {
      await using lab = await startLab();
      using events = recordDecisions({ stream: lab.reasons, cluster: lab.cluster, reportingComponent: 'seamark-lb-controller' });
      await user.create(serviceKind, serviceObject('web'));
      await eventually(async () =>
        expect((await lab.service('default/web')).condition).toMatchObject({ status: 'False', reason: 'NO_POOLS' }),
      );
      await user.create(ipAddressPoolKind, poolObject('lan', ['192.0.2.10/32']));
      await eventually(async () =>
        expect(await lab.service('default/web')).toMatchObject({
          ips: ['192.0.2.10'],
          pool: 'lan',
          condition: { status: 'True', reason: 'ADDRESS_ASSIGNED' },
        }),
      );
      expect(await lab.metric('seamark_lb_status_writes_total')).toBe(2);
      await user.create(serviceKind, serviceObject('next'));
      await eventually(async () => expect((await lab.service('default/next')).condition).toMatchObject({ reason: 'NO_FREE_ADDRESS' }));
      await lab.cluster.flushEvents();
      const told = await server.request('GET', '/api/v1/namespaces/default/events');
      expect(told.text).toContain('Service default/web has 192.0.2.10 from pool lan');
      expect(told.text).toContain('no available IPs');
      await user.delete(serviceKind, { namespace: 'default', name: 'web' });
      await eventually(async () => expect(await lab.addresses('next')).toEqual({ next: '192.0.2.10' }));
      events[Symbol.dispose]();
      await clear();
    });

    it('takes everything back from a Service that is no longer of type LoadBalancer', async () => {
      await using lab = await startLab();
      await user.create(ipAddressPoolKind, poolObject('lan', ['192.0.2.10/32']));
      await user.create(serviceKind, serviceObject('web'));
      await eventually(async () => expect(await lab.addresses('web')).toEqual({ web: '192.0.2.10' }));
      await user.create(serviceKind, serviceObject('next'));
      await server.request(
        'PATCH',
        '/api/v1/namespaces/default/services/web',
        { spec: { type: 'ClusterIP' } },
        'application/merge-patch+json',
      );
      await eventually(async () => expect(await lab.service('default/web')).toEqual({ ips: [], pool: undefined, condition: undefined }));
      await eventually(async () => expect(await lab.addresses('next')).toEqual({ next: '192.0.2.10' }));
      await clear();
    });

    it('does not flap on a PreferDualStack Service with one clusterIP and a pool of both families', async () => {
      await using lab = await startLab();
      await user.create(ipAddressPoolKind, poolObject('dual', ['192.0.2.0/30', '2001:db8::/126']));
      await user.create(serviceKind, serviceObject('web', { ipFamilyPolicy: 'PreferDualStack' }));
      const key = { namespace: 'default', name: 'web' };
      expect((await user.get(serviceKind, key))?.spec.clusterIPs).toHaveLength(1);
      await eventually(async () => expect(await lab.addresses('web')).toEqual({ web: '192.0.2.0' }));
      for (let round = 0; round < 3; round += 1) {
        const touched = await user.patchStatus(serviceKind, key, { status: {}, annotations: { round: String(round) } });
        const seen = lab.cluster.view(serviceKind, { fields: ['metadata.annotations'] });
        await eventually(() => expect(seen.get(key)?.metadata.resourceVersion).toBe(touched.metadata.resourceVersion));
        await lab.settle();
        expect(await lab.addresses('web')).toEqual({ web: '192.0.2.0' });
      }
      expect(await lab.metric('seamark_lb_status_writes_total')).toBe(1);
      await clear();
    });

    it('gives each of many Services, created at once by several clients, an address of its own, and a restart moves none', async () => {
      const lab = await startLab();
      await user.create(ipAddressPoolKind, poolObject('lan', ['198.51.100.0/24']));
      const names = Array.from({ length: 120 }, (_, n) => `s${n}`);
      const left = names.values();
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (const name of left) await user.create(serviceKind, serviceObject(name));
        }),
      );
      const before = await eventually(async () => {
        const shown = await lab.addresses(...names);
        expect(Object.values(shown)).not.toContain('');
        return shown;
      });
      expect(new Set(Object.values(before)).size).toBe(120);
      await lab[Symbol.asyncDispose]();
      await using second = await startLab();
      expect(await second.addresses(...names)).toEqual(before);
      expect(await second.metric('seamark_lb_status_writes_total')).toBe(0);
      await clear();
    });
  },
);
