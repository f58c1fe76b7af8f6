import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unmet } from '@seamark/testkit';
import { clusterRequirements } from '../cluster/open-cluster.ts';
import { chosenCluster } from './world/chosen-cluster.ts';
import { applyFirstObjects, type ExpectedAnswer, expectAnswersEverywhere } from './world/first-objects.ts';
import { type PreparedCluster, prepareCluster } from './world/installed-cluster.ts';
import { buildPreviousCommit, previousCommitRequirement } from './world/previous-commit.ts';
import { startQueryLoad } from './world/query-load.ts';
import { addressesOf, allAddresses, installRelease, releaseNamespace, upgradeRelease } from './world/release.ts';
import { suiteValues } from './world/suite-values.ts';

describe.skipIf(unmet('upgrade', ...clusterRequirements(chosenCluster()), previousCommitRequirement()))(
  'an upgrade from the commit before',
  () => {
    let world: PreparedCluster;
    let server: string;
    let answers: readonly ExpectedAnswer[];

    beforeAll(async () => {
      using previous = buildPreviousCommit();
      world = await prepareCluster();
      await world.cluster.loadImage(previous.archive);
      await installRelease(world.cluster, suiteValues(world.cluster, { global: { image: { tag: 'previous' } } }), previous.chart);
      [server = ''] = await addressesOf(world.cluster, releaseNamespace, 'seamark-dns');
      answers = await applyFirstObjects(world.cluster, 'web');
      await expectAnswersEverywhere(world.cluster, world.client, server, answers);
    }, 600_000);
    afterAll(() => world?.[Symbol.asyncDispose](), 60_000);

    it('and the way back lose no query and move no address', async () => {
      const before = await allAddresses(world.cluster);
      for (const change of [
        () => upgradeRelease(world.cluster, suiteValues(world.cluster)),
        () => world.cluster.helm(['rollback', 'seamark', '-n', releaseNamespace, '--wait', '--timeout', '180s'], { timeoutMs: 190_000 }),
      ]) {
        const load = startQueryLoad(world.client, {
          server,
          questions: answers.map(({ name, type }) => `${name} ${type}`),
          queriesPerSecond: 1_000,
          seconds: 60,
        });
        await change();
        const result = await load;
        expect(result).toMatchObject({ lost: 0, codes: { NOERROR: result.sent } });
        expect(await allAddresses(world.cluster)).toEqual(before);
        await expectAnswersEverywhere(world.cluster, world.client, server, answers);
      }
    });
  },
);
