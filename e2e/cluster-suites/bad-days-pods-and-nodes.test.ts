import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, unmet } from '@seamark/testkit';
import { clusterRequirements } from '../cluster/open-cluster.ts';
import { service } from '../world/objects.ts';
import { applyFirstObjects, type ExpectedAnswer, zone } from './world/first-objects.ts';
import { chosenCluster } from './world/chosen-cluster.ts';
import { type InstalledCluster, installCluster } from './world/installed-cluster.ts';
import { startQueryLoad } from './world/query-load.ts';
import { expectAnswerAt } from './world/questions.ts';
import { addressesOf, allAddresses, apply, podsOf, releaseNamespace } from './world/release.ts';

const hostname = 'external-dns.alpha.kubernetes.io/hostname';

describe.skipIf(unmet('bad days of pods and nodes', ...clusterRequirements(chosenCluster())))(
  'when a part of the installation fails',
  () => {
    let world: InstalledCluster;
    let answers: readonly ExpectedAnswer[];
    let counter = 0;

    beforeAll(async () => {
      world = await installCluster();
      answers = await applyFirstObjects(world.cluster, 'web');
      for (const { name, type, data } of answers) await expectAnswerAt(world.client, world.server, name, type, data);
    }, 300_000);
    afterAll(() => world?.[Symbol.asyncDispose](), 60_000);

    /** A new Service gets an address and its name: every link of the way works. */
    async function expectNewServiceToWork(timeoutMs = 90_000): Promise<void> {
      const name = `new-${++counter}`;
      await eventually(() => apply(world.cluster, service(`web/${name}`, { [hostname]: `${name}.${zone}` })), { timeoutMs, everyMs: 500 });
      const addresses = await addressesOf(world.cluster, 'web', name, timeoutMs);
      await expectAnswerAt(world.client, world.server, `${name}.${zone}`, 'A', addresses, timeoutMs);
    }

    /** Answers as they were before, and nobody's address moved. */
    async function expectNothingMoved(before: ReadonlyMap<string, string>): Promise<void> {
      const after = await allAddresses(world.cluster);
      for (const [name, addresses] of before) expect({ name, addresses: after.get(name) }).toEqual({ name, addresses });
      for (const { name, type, data } of answers) await expectAnswerAt(world.client, world.server, name, type, data, 60_000);
    }

    const load = (seconds: number, queriesPerSecond = 500) =>
      startQueryLoad(world.client, {
        server: world.server,
        questions: answers.map(({ name, type }) => `${name} ${type}`),
        queriesPerSecond,
        seconds,
      });

    for (const component of ['lb-controller', 'dns-sync', 'authoritative-dns', 'etcd']) {
      it(`goes on when every ${component} pod is killed at once`, async () => {
        const before = await allAddresses(world.cluster);
        const killed = await podsOf(world.cluster, component);
        expect(killed).not.toEqual([]);
        const duringKill = component === 'authoritative-dns' ? undefined : load(10);
        await world.cluster.kubectl([
          '-n',
          releaseNamespace,
          'delete',
          'pod',
          '--grace-period=0',
          '--force',
          ...killed.map(({ name }) => name),
        ]);
        const result = await duringKill;
        if (result !== undefined) expect(result).toMatchObject({ lost: 0, codes: { NOERROR: result.sent } });
        await expectNewServiceToWork();
        await expectNothingMoved(before);
      });
    }

    it('answers every query while the API server is away for a minute, and works on when it is back', async (context) => {
      const { faults } = world.cluster;
      if (faults === undefined || !world.cluster.capabilities.has('control-plane')) {
        context.skip('this cluster’s API server cannot be stopped');
        return;
      }
      const before = await allAddresses(world.cluster);
      const restartsBefore = (await podsOf(world.cluster)).reduce((sum, { restarts }) => sum + restarts, 0);
      await faults.stopApiServer();
      const result = await load(60);
      await faults.startApiServer();
      expect(result).toMatchObject({ lost: 0, codes: { NOERROR: result.sent } });
      await expectNewServiceToWork();
      await expectNothingMoved(before);
      expect(
        (await podsOf(world.cluster)).reduce((sum, { restarts }) => sum + restarts, 0),
        'restarts of pods',
      ).toBe(restartsBefore);
    });

    it('keeps addresses and answers through the power-off of each node in turn', async (context) => {
      const { faults } = world.cluster;
      if (faults === undefined) {
        context.skip('nodes of this cluster cannot be powered off');
        return;
      }
      for (const node of world.cluster.nodes) {
        const before = await allAddresses(world.cluster);
        await faults.powerOff(node);
        // The name servers of the other nodes answer; kube-proxy stops asking the dead one when its node is found NotReady.
        await eventually(
          async () => {
            const result = await load(3, 200);
            expect({ node, lost: result.lost, codes: result.codes }).toEqual({ node, lost: 0, codes: { NOERROR: result.sent } });
          },
          { timeoutMs: 90_000, everyMs: 1_000 },
        );
        await faults.powerOn(node);
        await eventually(async () => expect((await podsOf(world.cluster)).filter(({ ready }) => !ready)).toEqual([]), {
          timeoutMs: 120_000,
          everyMs: 500,
        });
        await expectNewServiceToWork();
        await expectNothingMoved(before);
      }
    }, 600_000);
  },
);
