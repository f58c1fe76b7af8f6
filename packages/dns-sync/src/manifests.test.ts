import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceKind } from '@seamark/common/cluster';
import { createManifestsCluster } from '@seamark/common/cluster/manifests';
import { silentLogger } from '@seamark/common/observability';
import { createReasonStream } from '@seamark/common/reasons';
import { eventually, temporaryFolder } from '@seamark/testkit';
import { expect, test } from 'vitest';
import { dnsSyncBench } from './testing/dns-sync-bench.ts';

const service = `
apiVersion: v1
kind: Service
metadata: { namespace: web, name: web, annotations: { external-dns.alpha.kubernetes.io/hostname: web.example.org } }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { namespace: web, name: inside, annotations: { external-dns.kubernetes.io/internal-hostname: inside.example.org } }
spec: { type: ClusterIP, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { namespace: web, name: shop }
spec: { ingressClassName: nginx, rules: [{ host: shop.example.org }] }
---
apiVersion: externaldns.k8s.io/v1alpha1
kind: DNSEndpoint
metadata: { namespace: web, name: extra }
spec: { endpoints: [{ dnsName: extra.example.org, recordType: A, targets: [192.0.2.7] }] }
`;

test('a folder of manifests becomes records, with the status that a load balancer gives', async () => {
  using folder = temporaryFolder('manifests');
  writeFileSync(join(folder.path, 'all.yaml'), service);
  const stop = new AbortController();
  const reasons = createReasonStream();
  const cluster = createManifestsCluster({ paths: [folder.path], reasons, logger: silentLogger });
  await using bench = await dnsSyncBench({ cluster, reasons, start: false });
  await cluster.start(stop.signal);
  await bench.sync.start(stop.signal);
  await bench.sync.idle();
  expect([...bench.sync.published()].map((endpoint) => endpoint.dnsName).toSorted()).toEqual(['extra.example.org', 'inside.example.org']);
  expect(bench.decisions().join('\n')).toContain('Ingress web/shop has no address: controller of class nginx publishes none');

  const condition = {
    type: 'seamark.dev/AddressAssigned',
    status: 'False',
    reason: 'AllocationFailed',
    message: 'Service web/web has no address: pool lan is full (256 of 256)',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const key = { namespace: 'web', name: 'web' };
  await cluster.patchStatus(serviceKind, key, { status: { conditions: [condition] } });
  await eventually(() =>
    expect(bench.decisions().join('\n')).toContain(
      'Service web/web has no address: pool lan is full (256 of 256); its record waits for it',
    ),
  );
  await cluster.patchStatus(serviceKind, key, { status: { conditions: null, loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } });
  await eventually(() => expect(bench.decisions().join('\n')).toContain('web.example.org A 192.0.2.1 is published for Service web/web'));

  writeFileSync(join(folder.path, 'all.yaml'), service.replace('hostname: web.example.org', 'hostname: www.example.org'));
  await eventually(() => expect([...bench.sync.published()].map((endpoint) => endpoint.dnsName)).toContain('www.example.org'));
  await bench.sync.idle();
  expect(Object.keys(await bench.stored()).some((each) => each.startsWith('/skydns/org/example/web/'))).toBe(false);
  stop.abort();
  await bench.sync.stop();
  await cluster.stopped;
});
