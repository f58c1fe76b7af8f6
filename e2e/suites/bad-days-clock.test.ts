import { eventually, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { inBothWorlds, inClusters } from '../world/both-worlds.ts';
import type { ClusterWorld } from '../world/cluster-world.ts';
import { expectExactState, expectNothingMoved, type WantedService } from '../world/exact-state.ts';
import { createFakedClock, fakedClockRequirement } from '../world/faked-clock.ts';
import { expectLogged } from '../world/log-lines.ts';
import { pool, service, type TestObject } from '../world/objects.ts';
import { ask, type World } from '../world/world.ts';

const args = ['--dns-zone', 'example.org'];
const hourSeconds = 3_600;
const ttlSeconds = 60;
const named = (name: string): WantedService => ({ name: `clock/${name}`, hostname: `${name}.example.org` });
const objectOf = ({ name, hostname }: WantedService): TestObject =>
  service(name, { 'external-dns.kubernetes.io/hostname': hostname, 'external-dns.kubernetes.io/ttl': `${ttlSeconds}` });

const steps = [
  { title: 'forwards', offsetSeconds: hourSeconds },
  { title: 'back', offsetSeconds: -hourSeconds },
];

describe.skipIf(unmet('a stepped clock', fakedClockRequirement()))('a wall clock that is stepped by an hour', () => {
  inBothWorlds('while Seamark runs', (start) => {
    it('moves nothing, changes no answer and holds up no change, forwards or back', async () => {
      using clock = createFakedClock();
      await using world = await start({ args, env: clock.env });
      const services = [named('first')];
      await world.put(pool('lan', ['192.0.2.0/24']), ...services.map(objectOf));
      let before = await expectExactState(world, { services });
      for (const { title, offsetSeconds } of steps) {
        clock.setOffset(offsetSeconds);
        await expectTtl(world, services);
        const added = named(title);
        services.push(added);
        await world.put(objectOf(added));
        const after = await expectExactState(world, { services });
        expectNothingMoved(before, after);
        await expectTtl(world, services);
        // The product did see the other time.
        const { time } = await expectLogged(world.process(), new RegExp(`${title}\\.example\\.org A .* is published`));
        expect(Math.abs(Date.parse(time) - Date.now() - offsetSeconds * 1_000)).toBeLessThan((hourSeconds * 1_000) / 2);
        before = after;
      }
      // It starts at another time than it ended at.
      clock.setOffset(0);
      await world.restart('SIGTERM');
      expectNothingMoved(before, await expectExactState(world, { services }));
      await expectTtl(world, services);
    });
  });

  inClusters('with a standby', (start) => {
    it('leaves the leases where they are, whoever’s clock it is', async () => {
      using leaderClock = createFakedClock();
      using standbyClock = createFakedClock();
      await using leader = await start({ args, env: leaderClock.env });
      await expectLogged(leader.process(), /leading: lease .*seamark-lb-controller is ours/);
      await expectLogged(leader.process(), /leading: lease .*seamark-dns-sync is ours/);
      await using standby = await start({ args, env: standbyClock.env });
      const held = await leases(leader);
      expect(held.map(({ name }) => name)).toEqual(['seamark-dns-sync', 'seamark-lb-controller']);
      for (const { offsetSeconds } of steps) {
        for (const clock of [leaderClock, standbyClock]) {
          clock.setOffset(offsetSeconds);
          const atStep = await leases(leader);
          // Renewals go on, by the same holder in the same term.
          await eventually(
            async () => {
              const now = await leases(leader);
              expect(now.map(({ term }) => term)).toEqual(held.map(({ term }) => term));
              now.forEach(({ name, resourceVersion }, index) => expect(resourceVersion, name).not.toBe(atStep[index]?.resourceVersion));
            },
            { timeoutMs: 20_000, everyMs: 100 },
          );
        }
      }
      expect(standby.process().output()).not.toContain('leading: lease');
      expect(leader.process().output()).not.toContain('is lost');
    });
  });
});

interface HeldLease {
  readonly name: string;
  /** Changes with the holder, and when the same one has taken it anew. */
  readonly term: string;
  /** Changes with every renewal. */
  readonly resourceVersion: string;
}

interface LeaseList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
    readonly spec: { readonly holderIdentity: string; readonly leaseTransitions: number };
  }[];
}

/** The leases of Seamark's writers, by name. */
async function leases({ apiServer }: ClusterWorld): Promise<HeldLease[]> {
  const { items } = JSON.parse(
    (await apiServer.request('GET', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases')).text,
  ) as LeaseList;
  return items
    .filter(({ metadata }) => metadata.name.startsWith('seamark-'))
    .map(({ metadata, spec }) => ({
      name: metadata.name,
      term: `${spec.holderIdentity} ${spec.leaseTransitions}`,
      resourceVersion: metadata.resourceVersion,
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

async function expectTtl(world: World, services: readonly WantedService[]): Promise<void> {
  for (const { hostname } of services) expect((await ask(world, hostname)).ttls, hostname).toEqual([ttlSeconds]);
}
