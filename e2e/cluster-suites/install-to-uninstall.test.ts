import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, unmet } from '@seamark/testkit';
import { clusterRequirements } from '../cluster/open-cluster.ts';
import { chosenCluster } from './world/chosen-cluster.ts';
import { applyFirstObjects, type ExpectedAnswer, expectAnswersEverywhere, zone } from './world/first-objects.ts';
import { type InstalledCluster, installCluster } from './world/installed-cluster.ts';
import { startQueryLoad } from './world/query-load.ts';
import { askFrom, expectNoNameAt } from './world/questions.ts';
import { allAddresses, installRelease, podsOf, releaseNamespace, upgradeRelease } from './world/release.ts';
import { suiteValues } from './world/suite-values.ts';

describe.skipIf(unmet('install to uninstall', ...clusterRequirements(chosenCluster())))('a release from nothing to nothing', () => {
  let world: InstalledCluster;
  let answers: readonly ExpectedAnswer[];

  beforeAll(async () => {
    world = await installCluster();
  }, 300_000);
  afterAll(() => world?.[Symbol.asyncDispose](), 60_000);

  it('answers for an Ingress, a Service with several names, a dual-stack Service and a DNSEndpoint, in pods and on the LAN', async () => {
    answers = await applyFirstObjects(world.cluster, 'web');
    await expectAnswersEverywhere(world.cluster, world.client, world.server, answers);
    for (const { name, type, data } of answers)
      expect(await askFrom(world.client, world.server, name, type, 'tcp')).toEqual({ code: 'NOERROR', data: [...data].sort() });
  });

  it('is the authority of its zone: SOA and NS, and an address for the name server', async () => {
    const soa = await askFrom(world.client, world.server, zone, 'SOA');
    expect(soa.code).toBe('NOERROR');
    const { data } = await askFrom(world.client, world.server, zone, 'NS');
    expect(data).not.toEqual([]);
    for (const nameServer of data) {
      expect(await askFrom(world.client, world.server, nameServer.replace(/\.$/, ''), 'A')).toEqual({
        code: 'NOERROR',
        data: [world.server],
      });
    }
  });

  it('passes helm test', async () => {
    expect(await world.cluster.helm(['test', 'seamark', '-n', releaseNamespace, '--timeout', '60s'], { timeoutMs: 70_000 })).toContain(
      'Succeeded',
    );
  });

  it('loses no query and moves no address when everything is rolled, and when that is rolled back', async () => {
    const before = await allAddresses(world.cluster);
    const pods = new Set((await podsOf(world.cluster)).map(({ name }) => name));
    for (const change of [
      () => upgradeRelease(world.cluster, suiteValues(world.cluster, { global: { logLevel: 'debug' } })),
      () => world.cluster.helm(['rollback', 'seamark', '-n', releaseNamespace, '--wait', '--timeout', '120s'], { timeoutMs: 130_000 }),
    ]) {
      const load = startQueryLoad(world.client, {
        server: world.server,
        questions: answers.map(({ name, type }) => `${name} ${type}`),
        queriesPerSecond: 2_000,
        seconds: 45,
      });
      await change();
      const result = await load;
      expect(result).toMatchObject({ lost: 0, codes: { NOERROR: result.sent } });
      const now = await podsOf(world.cluster);
      for (const component of ['lb-controller', 'dns-sync', 'authoritative-dns']) {
        expect(
          now.filter((pod) => pod.component === component && pods.has(pod.name)),
          `${component} pods that were not replaced`,
        ).toEqual([]);
      }
      for (const { name } of now) pods.add(name);
      expect(await allAddresses(world.cluster)).toEqual(before);
    }
  });

  it('leaves CRDs, objects, addresses and records when it is uninstalled, and finds them when it is installed again', async () => {
    const before = new Map([...(await allAddresses(world.cluster))].filter(([name]) => name !== `${releaseNamespace}/seamark-dns`));
    await world.cluster.helm(['uninstall', 'seamark', '-n', releaseNamespace, '--wait', '--timeout', '60s'], { timeoutMs: 70_000 });
    await eventually(async () => expect(await podsOf(world.cluster)).toEqual([]), { timeoutMs: 60_000 });
    expect(await world.cluster.kubectl(['get', 'crds', '-o', 'name'])).toContain('ipaddresspools.metallb.io');
    expect(await allAddresses(world.cluster)).toEqual(before);
    await installRelease(world.cluster, suiteValues(world.cluster));
    await expectAnswersEverywhere(world.cluster, world.client, world.server, answers);
    for (const [name, addresses] of before) expect((await allAddresses(world.cluster)).get(name)).toBe(addresses);
  });

  it('withdraws what is deleted', async () => {
    await world.cluster.kubectl(['delete', 'namespace', 'web', '--wait=false']);
    for (const { name } of answers) await expectNoNameAt(world.client, world.server, name);
  });
});
