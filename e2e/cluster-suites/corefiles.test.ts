import { buildImage } from '@seamark/images';
import { eventually, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterRequirements } from '../cluster/open-cluster.ts';
import { service } from '../world/objects.ts';
import { chosenCluster } from './world/chosen-cluster.ts';
import { type GuidePool, installGuide, makeNamespace } from './world/guide-install.ts';
import { type PreparedCluster, prepareCluster } from './world/installed-cluster.ts';
import { startOutsideEtcd } from './world/outside-etcd.ts';
import { askFrom, expectAnswerAt } from './world/questions.ts';
import { addressesOf, apply, releaseNamespace } from './world/release.ts';

const hostname = 'external-dns.alpha.kubernetes.io/hostname';

// The values that guides A and E give to CoreDNS's chart, given to this one.
describe.skipIf(unmet('the Corefiles of the guides', ...clusterRequirements(chosenCluster())))('the Corefile of', () => {
  let world: PreparedCluster;

  beforeAll(async () => {
    world = await prepareCluster({ nodes: 2 });
  });
  afterAll(() => world?.[Symbol.asyncDispose](), 60_000);

  it('guide A asks the release’s own etcd, and forwards what is outside of its zone', async () => {
    const { cluster, client } = world;
    const pool: GuidePool = ['192.0.2.240', '192.0.2.250'];
    await using guide = await installGuide(cluster, 'a-corefile', { pool, makes: ['shell-7f3a91c2'] });
    const server = guide.address('192.0.2.241');
    await apply(cluster, service('shell-7f3a91c2/shell', { [hostname]: 'shell-7f3a91c2.env.example.org' }));
    const addresses = await addressesOf(cluster, 'shell-7f3a91c2', 'shell');
    await expectAnswerAt(client, server, 'shell-7f3a91c2.env.example.org', 'A', addresses);
    await expectAnswerAt(client, server, 'ns1.env.example.org', 'A', [server]);
    const [kubernetes] = await addressesOfCluster();
    expect(await askFrom(client, server, 'kubernetes.default.svc.cluster.local')).toEqual({ code: 'NOERROR', data: [kubernetes] });
  });

  it('guide E is taken as it is, with the Secret of its etcd where CoreDNS’s chart mounts it, and a zone in a file', async () => {
    const { cluster, client } = world;
    const pool: GuidePool = ['203.0.113.200', '203.0.113.220'];
    const node = (
      await cluster.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}'])
    ).split(' ')[0];
    const etcd = { name: 'cilium-etcd-client', namespace: 'external-dns' };
    for (const namespace of ['external-dns', releaseNamespace]) await makeNamespace(cluster, namespace);
    await startOutsideEtcd(cluster, { ...etcd, image: (await buildImage('etcd')).reference, clientsIn: [releaseNamespace] });
    await using _guide = await installGuide(cluster, 'e-corefile', { pool, makes: ['external-dns', 'demo'] });
    await apply(cluster, service('demo/nginx', { [hostname]: 'nginx.corp.example.org' }));
    const [address] = await addressesOf(cluster, 'demo', 'nginx');
    const dig = async (name: string): Promise<string> =>
      (await client.run('dig', ['-p', '31071', `@${node}`, name, '+norecurse', '+time=1', '+tries=1', '+short'])).stdout.trim();
    await eventually(async () => expect(await dig('nginx.corp.example.org')).toBe(address), { timeoutMs: 30_000, everyMs: 200 });
    expect(await dig('www.lab.example.org')).toBe('203.0.113.80');
  });

  async function addressesOfCluster(): Promise<string[]> {
    return [(await world.cluster.kubectl(['get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}'])).trim()];
  }
});
