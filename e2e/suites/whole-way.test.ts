import { apiServerRequirement, etcdRequirement, eventually, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClusterWorld } from '../world/cluster-world.ts';
import { startFolderWorld } from '../world/folder-world.ts';
import { dnsEndpoint, ingress, pool, service } from '../world/objects.ts';
import { ask, expectAddresses, expectAnswer, expectNoName, type World } from '../world/world.ts';

const alpha = 'external-dns.alpha.kubernetes.io';
const current = 'external-dns.kubernetes.io';

const zone = ['--dns-zone', 'example.org'];

wholeWay('from a folder', () => startFolderWorld(zone));
describe.skipIf(unmet('from a cluster', apiServerRequirement(), etcdRequirement()))('with real servers', () => {
  wholeWay('from a cluster', () => startClusterWorld({ args: zone }));
});

/** The same suite for both drivers: a manifest goes in, an answer comes out. */
function wholeWay(title: string, start: () => Promise<World>): void {
  describe(title, () => {
    let world: World;
    beforeAll(async () => {
      world = await start();
      await world.put(
        pool('lan', ['192.0.2.240-192.0.2.243']),
        pool('pinned', ['198.51.100.7/32', '2001:db8::10-2001:db8::1f'], { autoAssign: false }),
      );
    }, 120_000);
    afterAll(() => world[Symbol.asyncDispose]());

    it('gives a Service its address and its name, under either annotation prefix', async () => {
      const web = service('web/web', { [`${alpha}/hostname`]: 'web.example.org', [`${alpha}/ttl`]: '60' });
      const api = service('web/api', { [`${current}/hostname`]: 'api.example.org' });
      await world.put(web);
      await expectAnswer(world, 'web.example.org', 'A', ['192.0.2.240'], 60);
      await world.put(api);
      await expectAnswer(world, 'api.example.org', 'A', ['192.0.2.241'], 300);
      expect((await ask(world, 'web.example.org')).authoritative).toBe(true);
      expect((await ask(world, 'web.example.org', 'AAAA')).code).toBe('NOERROR');
      await expectAnswer(world, 'a-web.example.org', 'TXT', [
        '"heritage=external-dns,external-dns/owner=default,external-dns/resource=service/web/web"',
      ]);
      await world.remove(web, api);
      await expectNoName(world, 'web.example.org');
      await expectNoName(world, 'a-web.example.org');
    });

    it('publishes every name of a list and follows an edit', async () => {
      const names = (list: string) => service('web/many', { [`${alpha}/hostname`]: list });
      await world.put(names('one.example.org, two.example.org'));
      await expectAnswer(world, 'one.example.org', 'A', ['192.0.2.240']);
      await expectAnswer(world, 'two.example.org', 'A', ['192.0.2.240']);
      await world.put(names('two.example.org,three.example.org'));
      await expectAnswer(world, 'three.example.org', 'A', ['192.0.2.240']);
      await expectNoName(world, 'one.example.org');
      await expectAnswer(world, 'two.example.org', 'A', ['192.0.2.240']);
      await world.remove(names(''));
      await expectNoName(world, 'three.example.org');
    });

    it('gives the pinned address of a named pool, in both families', async () => {
      const both = service(
        'web/pinned',
        {
          [`${current}/hostname`]: 'pinned.example.org',
          'metallb.universe.tf/address-pool': 'pinned',
          'metallb.universe.tf/loadBalancerIPs': '198.51.100.7,2001:db8::12',
        },
        { ipFamilyPolicy: 'RequireDualStack' },
      );
      await world.put(both);
      await expectAnswer(world, 'pinned.example.org', 'A', ['198.51.100.7']);
      await expectAnswer(world, 'pinned.example.org', 'AAAA', ['2001:db8::12']);
      await world.remove(both);
      await expectNoName(world, 'pinned.example.org');
    });

    it('publishes a target as CNAME and an internal name as clusterIP', async () => {
      const alias = service('web/alias', { [`${current}/hostname`]: 'alias.example.org', [`${current}/target`]: 'canonical.example.org' });
      const inner = service('web/inner', { [`${current}/internal-hostname`]: 'inner.example.org' }, { type: 'ClusterIP' });
      await world.put(alias, inner);
      await expectAnswer(world, 'alias.example.org', 'CNAME', ['canonical.example.org']);
      await expectAddressLike(world, 'inner.example.org', /^10\.96\./);
      await world.remove(alias, inner);
      await expectNoName(world, 'alias.example.org');
      await expectNoName(world, 'inner.example.org');
    });

    it('publishes the hosts of an Ingress without any annotation, and every entry of a DNSEndpoint', async () => {
      const shell = ingress('shell/shell', ['shell-7f3a91c2.env.example.org'], { addresses: ['192.0.2.250'] });
      const printer = dnsEndpoint('default/printer', 'printer.example.org', 'A', ['192.0.2.9', '192.0.2.10'], 600);
      await world.put(shell, printer);
      await expectAnswer(world, 'shell-7f3a91c2.env.example.org', 'A', ['192.0.2.250']);
      await expectAnswer(world, 'printer.example.org', 'A', ['192.0.2.10', '192.0.2.9'], 600);
      await world.remove(shell, printer);
      await expectNoName(world, 'shell-7f3a91c2.env.example.org');
      await expectNoName(world, 'printer.example.org');
    });

    it('gives a freed address to the Service that waits for it', async () => {
      const holders = ['a', 'b', 'c', 'd'].map((name) => service(`full/${name}`, { [`${current}/hostname`]: `${name}.full.example.org` }));
      const waiter = service('full/waiter', { [`${current}/hostname`]: 'waiter.full.example.org' });
      for (const [index, holder] of holders.entries()) {
        await world.put(holder);
        await expectAddresses(world, `full/${holder.metadata.name}`, (addresses) => expect(addresses).toEqual([`192.0.2.${240 + index}`]));
      }
      await world.put(waiter);
      await expectNoName(world, 'waiter.full.example.org');
      await world.remove(holders[2] as (typeof holders)[number]);
      await expectAnswer(world, 'waiter.full.example.org', 'A', ['192.0.2.242']);
      await world.remove(waiter, ...holders.filter((_, index) => index !== 2));
      await expectNoName(world, 'a.full.example.org');
    });

    it('leaves names outside its zones and kinds it does not know alone', async () => {
      expect((await ask(world, 'www.example.net')).code).toBe('REFUSED');
    });

    it('keeps every address and answer over a graceful restart and a kill', async () => {
      const services = ['r1', 'r2', 'r3'].map((name) => service(`restart/${name}`, { [`${current}/hostname`]: `${name}.example.org` }));
      await world.put(...services);
      const before = new Map<string, readonly string[]>();
      for (const { metadata } of services) {
        before.set(
          metadata.name,
          await expectAddresses(world, `restart/${metadata.name}`, (addresses) => expect(addresses).toHaveLength(1)),
        );
        await expectAnswer(world, `${metadata.name}.example.org`, 'A', before.get(metadata.name) as readonly string[]);
      }
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        await world.restart(signal);
        for (const [name, addresses] of before) await expectAnswer(world, `${name}.example.org`, 'A', addresses);
      }
      await world.remove(...services);
      for (const name of before.keys()) await expectNoName(world, `${name}.example.org`);
    });
  });
}

async function expectAddressLike(world: World, name: string, pattern: RegExp): Promise<void> {
  await eventually(async () => expect((await ask(world, name)).data).toEqual([expect.stringMatching(pattern)]));
}
