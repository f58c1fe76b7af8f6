import { buildImage } from '@seamark/images';
import { eventually, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterRequirements } from '../cluster/open-cluster.ts';
import { service } from '../world/objects.ts';
import { chosenCluster } from './world/chosen-cluster.ts';
import { etcdctl } from './world/etcd-members.ts';
import { applyExample, type GuidePool, installGuide, makeNamespace, publishIngress, removing } from './world/guide-install.ts';
import { type PreparedCluster, prepareCluster } from './world/installed-cluster.ts';
import { readmeCommands, runLine } from './world/readme-commands.ts';
import { outsideEtcdctl, startOutsideEtcd } from './world/outside-etcd.ts';
import { askFrom, expectAnswerAt, expectNoNameAt } from './world/questions.ts';
import { addressesOf, apply, releaseNamespace } from './world/release.ts';

const hostname = 'external-dns.alpha.kubernetes.io/hostname';

// charts/seamark/ci/guides are installed as they are; only the addresses of pools and nodes are this cluster's.
describe.skipIf(unmet('the installs of the guides', ...clusterRequirements(chosenCluster())))('the install of', () => {
  let world: PreparedCluster;

  beforeAll(async () => {
    world = await prepareCluster({ nodes: 2 });
  });
  afterAll(() => world?.[Symbol.asyncDispose](), 60_000);

  it('guide A: names of environments that come and go with their Ingress', async () => {
    const { cluster, client } = world;
    const pool: GuidePool = ['192.0.2.240', '192.0.2.250'];
    await using guide = await installGuide(cluster, 'a-bare-metal', { pool, makes: ['ingress-nginx', 'shell-7f3a91c2'] });
    // the parent zone has this address as glue.
    const server = guide.address('192.0.2.241');
    expect(await addressesOf(cluster, guide.namespace, 'seamark-dns')).toEqual([server]);

    //
    await applyExample(cluster, 'a-bare-metal/ingress-controller.yaml', pool);
    await applyExample(cluster, 'a-bare-metal/tenant-shell.yaml', pool);
    const ingress = await addressesOf(cluster, 'ingress-nginx', 'ingress-nginx-controller');
    await publishIngress(cluster, 'shell-7f3a91c2', 'shell', ingress);

    //
    await expectAnswerAt(client, server, 'shell-7f3a91c2.env.example.org', 'A', ingress);
    expect(await askFrom(client, server, 'env.example.org', 'NS')).toEqual({ code: 'NOERROR', data: ['ns-env.example.org.'] });
    const stored = await etcdctl(cluster, ['get', '--prefix', '/skydns/org/example/env/shell-7f3a91c2/']);
    expect(stored).toContain(`"host":"${ingress[0]}"`);
    expect(await askFrom(client, server, 'www.example.net')).toMatchObject({ code: 'REFUSED' });

    await cluster.kubectl(['-n', 'shell-7f3a91c2', 'delete', 'ingress', 'shell']);
    await expectNoNameAt(client, server, 'shell-7f3a91c2.env.example.org');
    await expectHelmTest(guide.namespace);
  });

  it('guide B: one annotated Service for each application, its owner in a TXT record', async () => {
    const { cluster, client } = world;
    const pool: GuidePool = ['198.51.100.0', '198.51.100.255'];
    const makes = ['httpbin', 'argocd', 'advanced'];
    await using guide = await installGuide(cluster, 'b-gitops', { pool, makes });
    const server = guide.address('198.51.100.10');
    await applyExample(cluster, 'b-gitops/applications.yaml', pool);
    for (const [namespace, name, hosts] of [
      ['httpbin', 'httpbin', ['httpbin']],
      ['argocd', 'argocd-server', ['argocd']],
      ['advanced', 'advanced', ['app', 'api']],
    ] as const) {
      const addresses = await addressesOf(cluster, namespace, name);
      for (const host of hosts) await expectAnswerAt(client, server, `${host}.example.org`, 'A', addresses);
    }
    const { stdout } = await client.run('dig', [`@${server}`, 'httpbin.example.org', 'A', '+norecurse', '+noall', '+answer']);
    expect(stdout).toMatch(/^httpbin\.example\.org\.\s+60\s+IN\s+A\s/);
    const owner = await askFrom(client, server, 'a-httpbin.example.org', 'TXT');
    expect(owner.data.join()).toContain('external-dns/owner=external-dns-external-dns');

    // B.2: the Service goes, and address and records with it.
    await cluster.kubectl(['-n', 'httpbin', 'delete', 'service', 'httpbin']);
    await expectNoNameAt(client, server, 'httpbin.example.org');
    expect(await askFrom(client, server, 'a-httpbin.example.org', 'TXT')).toMatchObject({ code: 'NXDOMAIN' });
    await expectHelmTest(guide.namespace);
  });

  it('guide C: only what is marked, only in the namespaces that are named, at the address that is asked for', async () => {
    const { cluster, client } = world;
    const pool: GuidePool = ['192.0.2.240', '192.0.2.250'];
    await using guide = await installGuide(cluster, 'c-cookbook', { pool, makes: ['production', 'staging', 'elsewhere'] });
    const server = guide.address('192.0.2.250');
    const pinned = guide.address('192.0.2.241');
    const marked = { 'external-dns.alpha.kubernetes.io/enabled': 'true' };
    await apply(
      cluster,
      service('production/web-application', {
        ...marked,
        [hostname]: 'webapp.example.org',
        'external-dns.alpha.kubernetes.io/ttl': '300',
        'metallb.universe.tf/loadBalancerIPs': pinned,
        'metallb.universe.tf/address-pool': 'production-pool',
      }),
      service('staging/api-service', { ...marked, [hostname]: 'api.staging.example.org' }),
      service('production/unmarked', { [hostname]: 'unmarked.example.org' }),
      service('elsewhere/outside', { ...marked, [hostname]: 'outside.example.org' }),
    );
    expect(await addressesOf(cluster, 'production', 'web-application')).toEqual([pinned]);
    await expectAnswerAt(client, server, 'webapp.example.org', 'A', [pinned]);
    await expectAnswerAt(client, server, 'api.staging.example.org', 'A', await addressesOf(cluster, 'staging', 'api-service'));
    await expectAnswerAt(client, server, 'ns1.example.org', 'A', [server]);
    for (const name of ['unmarked', 'outside']) expect((await askFrom(client, server, `${name}.example.org`)).code).toBe('NXDOMAIN');
  });

  it('guide D: one name with two answers, by the server that is asked', async () => {
    const { cluster, client } = world;
    const pool: GuidePool = ['198.51.100.0', '198.51.100.39'];
    await using open = await installGuide(cluster, 'd-public', { pool, makes: ['shop'] });
    await using own = await installGuide(cluster, 'd-internal', { pool, namespace: 'seamark-internal' });
    const [outside, inside] = [open.address('198.51.100.10'), own.address('198.51.100.30')];
    const view = (name: string, pools: string) => ({
      'example.org/view': name,
      'metallb.io/address-pool': pools,
      [hostname]: 'app.example.org',
    });
    await apply(cluster, service('shop/front', view('public', 'public')), service('shop/back', view('internal', 'internal')));
    const [front, back] = [await addressesOf(cluster, 'shop', 'front'), await addressesOf(cluster, 'shop', 'back')];
    await expectAnswerAt(client, outside, 'app.example.org', 'A', front);
    await expectAnswerAt(client, inside, 'app.example.org', 'A', back);
    for (const server of [outside, inside]) await expectAnswerAt(client, server, 'ns1.example.org', 'A', [server]);

    // D-6: upsert-only keeps the name, sync takes it away.
    await cluster.kubectl(['-n', 'shop', 'delete', 'service', 'front', 'back']);
    await expectNoNameAt(client, inside, 'app.example.org');
    expect(await askFrom(client, outside, 'app.example.org')).toEqual({ code: 'NOERROR', data: front });
  });

  it('guide E: an etcd with TLS that is there already, and DNS on a node port', async () => {
    const { cluster, client } = world;
    const pool: GuidePool = ['203.0.113.200', '203.0.113.220'];
    const nodeAddress = (
      await cluster.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}'])
    ).split(' ')[0];
    const node = nodeAddress ?? '';
    const etcd = { name: 'cilium-etcd-client', namespace: 'external-dns' };
    for (const namespace of ['external-dns', releaseNamespace]) await makeNamespace(cluster, namespace);
    await startOutsideEtcd(cluster, { ...etcd, image: (await buildImage('etcd')).reference, clientsIn: [releaseNamespace] });
    const makes = ['external-dns', 'nginx-ingress', 'demo'];
    await using guide = await installGuide(cluster, 'e-on-premises', { pool, makes, replace: { '203.0.113.12': node } });
    await applyExample(cluster, 'e-on-premises/ingress-controller.yaml', pool);
    await applyExample(cluster, 'e-on-premises/demo.yaml', pool);
    const controller = await addressesOf(cluster, 'nginx-ingress', 'nginx-ingress-controller');
    // E.2: the first of the range.
    expect(controller).toEqual([guide.address('203.0.113.200')]);
    await publishIngress(cluster, 'demo', 'nginx', controller);

    // E-8
    const dig = async (name: string, ...more: readonly string[]) =>
      (
        await client.run('dig', ['-p', '31071', `@${node}`, name, 'A', '+norecurse', '+time=1', '+tries=1', '+short', ...more])
      ).stdout.trim();
    for (const transport of ['+notcp', '+tcp'])
      await eventually(async () => expect(await dig('nginx.corp.example.org', transport)).toBe(controller[0]), {
        timeoutMs: 30_000,
        everyMs: 200,
      });
    await eventually(async () => expect(await dig('ns1.corp.example.org')).toBe(node), { timeoutMs: 30_000, everyMs: 200 });

    // E-7
    const stored = await outsideEtcdctl(cluster, etcd.name, etcd.namespace, ['get', '--prefix', '/skydns/org/example/corp/nginx/']);
    expect(stored).toContain(`"host":"${controller[0]}"`);
    await expectHelmTest(guide.namespace);
  });

  it.skipIf(chosenCluster() !== 'lab')('README, line by line', async () => {
    const { cluster, client } = world;
    await using _release = removing(cluster, releaseNamespace);
    const lines = readmeCommands().filter((line) => !/^npm run lab -- (up|down)|^eval /.test(line));
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      const [, asked, answer = ''] = /^npm run lab --silent -- run client -- dig (\S.*\S)\s+# (\S+)$/.exec(line) ?? [];
      if (asked === undefined) await runLine(cluster, line);
      else
        await eventually(async () => expect((await client.run('dig', asked.split(' '))).stdout.trim()).toBe(answer), {
          timeoutMs: 30_000,
          everyMs: 200,
        });
    }
    await cluster.kubectl(['delete', 'service', 'web']);
  });

  async function expectHelmTest(namespace: string): Promise<void> {
    const output = await world.cluster.helm(['test', 'seamark', '-n', namespace, '--timeout', '60s'], { timeoutMs: 70_000 });
    expect(output).toContain('Succeeded');
  }
});
