import { dnsEndpoint, ingress, service } from '../../world/objects.ts';
import type { LanHost, TestCluster } from '../../cluster/test-cluster.ts';
import { expectAnswerAt, expectAnswerInPod } from './questions.ts';
import { addressesOf, apply } from './release.ts';

const hostname = 'external-dns.alpha.kubernetes.io/hostname';

/** The zone of every suite on a cluster. */
export const zone = 'lab.example.org';

/** What {@link applyFirstObjects} put in place: names and the addresses that they must be answered with. */
export interface ExpectedAnswer {
  readonly name: string;
  readonly type: 'A' | 'AAAA';
  readonly data: readonly string[];
}

/**
 * Creates what people publish: an Ingress, a Service with several hostnames, a dual-stack Service (where the cluster has IPv6) and a
 * DNSEndpoint. Resolves with the answers to expect, when every Service has its addresses.
 */
export async function applyFirstObjects(cluster: TestCluster, namespace: string): Promise<readonly ExpectedAnswer[]> {
  const dualStack = cluster.capabilities.has('dual-stack');
  const shop = service(`${namespace}/shop`, { [hostname]: `shop.${zone}, www.${zone}` });
  const both = service(
    `${namespace}/both`,
    { [hostname]: `both.${zone}` },
    { ipFamilyPolicy: dualStack ? 'RequireDualStack' : 'SingleStack' },
  );
  const printer = dnsEndpoint(`${namespace}/printer`, `printer.${zone}`, 'A', ['203.0.113.9'], 60);
  const front = ingress(`${namespace}/front`, [`front.${zone}`]);
  await apply(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await apply(cluster, shop, both, printer, front);
  const shopAddresses = await addressesOf(cluster, namespace, 'shop');
  const bothAddresses = await addressesOf(cluster, namespace, 'both');
  const bothIpv4 = bothAddresses.filter((address) => !address.includes(':'));
  const bothIpv6 = bothAddresses.filter((address) => address.includes(':'));
  // No Ingress controller runs here: its Service is `shop`, and this is what it would write.
  await cluster.kubectl([
    '-n',
    namespace,
    'patch',
    'ingress',
    'front',
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status: { loadBalancer: { ingress: shopAddresses.map((ip) => ({ ip })) } } }),
  ]);
  return [
    { name: `shop.${zone}`, type: 'A', data: shopAddresses },
    { name: `www.${zone}`, type: 'A', data: shopAddresses },
    { name: `front.${zone}`, type: 'A', data: shopAddresses },
    { name: `both.${zone}`, type: 'A', data: bothIpv4 },
    ...(dualStack ? [{ name: `both.${zone}`, type: 'AAAA' as const, data: bothIpv6 }] : []),
    { name: `printer.${zone}`, type: 'A', data: ['203.0.113.9'] },
  ];
}

/** Waits until every answer is given at the server, to the host of the LAN and inside the asking pod. */
export async function expectAnswersEverywhere(
  cluster: TestCluster,
  client: LanHost,
  server: string,
  answers: readonly ExpectedAnswer[],
): Promise<void> {
  for (const { name, type, data } of answers) {
    await expectAnswerAt(client, server, name, type, data);
    await expectAnswerInPod(cluster, server, name, type, data);
  }
}
