import { serviceKind } from '@seamark/common/cluster';
import { createKubernetesCluster } from '@seamark/common/cluster/kubernetes';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { apiServerRequirement, etcdRequirement, eventually, startApiServer, unmet } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';
import { dnsSyncBench } from './testing/dns-sync-bench.ts';
import { ingress, loadBalancer } from './testing/objects.ts';

describe.skipIf(unmet('dns-sync between an API server and etcd', apiServerRequirement(), etcdRequirement()))(
  'a real API server and a real etcd',
  () => {
    test('objects become records; an outage of the API server deletes none; what changed meanwhile follows', async () => {
      await using api = await startApiServer();
      const stop = new AbortController();
      const cluster = createKubernetesCluster({ kubeconfig: api.kubeconfigPath });
      const store = createEtcdStore({ endpoints: [api.etcdEndpoint] });
      await using bench = await dnsSyncBench({ cluster, store, start: false });
      await cluster.start(stop.signal);
      await bench.sync.start(stop.signal); // the CRDs of DNSEndpoint and HTTPRoute are not installed: nothing waits for them

      const names = ['web', 'api', 'old'];
      for (const name of names) {
        const wanted = loadBalancer(`default/${name}`, `${name}.example.org`, []);
        const { status: _status, ...object } = wanted;
        await cluster.create(serviceKind, { ...object, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } });
      }
      await eventually(() => expect(bench.decisions().filter((line) => line.includes('waits for the address of'))).toHaveLength(3));
      for (const [index, name] of names.entries()) {
        await cluster.patchStatus(
          serviceKind,
          { namespace: 'default', name },
          { status: { loadBalancer: { ingress: [{ ip: `192.0.2.${index + 1}` }] } } },
        );
      }
      const { status: _status, ...ingressObject } = ingress('default/shop', ['shop.example.org'], []);
      await api.request('POST', '/apis/networking.k8s.io/v1/namespaces/default/ingresses', {
        ...ingressObject,
        spec: {
          rules: [
            {
              host: 'shop.example.org',
              http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] },
            },
          ],
        },
      });
      const published = (): string[] =>
        [...bench.sync.published()].map((endpoint) => `${endpoint.dnsName} ${endpoint.targets.join(' ')}`).toSorted();
      await eventually(() =>
        expect(published()).toEqual(['api.example.org 192.0.2.2', 'old.example.org 192.0.2.3', 'web.example.org 192.0.2.1']),
      );
      await eventually(() => expect(bench.decisions().join('\n')).toContain('Ingress default/shop has no address'));

      await api.kill();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(published()).toHaveLength(3);
      expect(Object.keys(await bench.stored('/skydns/'))).toHaveLength(6);
      await api.restart();
      await cluster.delete(serviceKind, { namespace: 'default', name: 'old' });
      await eventually(() => expect(published()).toHaveLength(2), { timeoutMs: 20_000 });
      expect(Object.keys(await bench.stored('/skydns/'))).toHaveLength(4);
      stop.abort();
      await bench.sync.stop();
      await store.close();
    }, 90_000);
  },
);
