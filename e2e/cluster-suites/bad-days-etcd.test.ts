import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, unmet } from '@seamark/testkit';
import { clusterRequirements } from '../cluster/open-cluster.ts';
import { service } from '../world/objects.ts';
import { chosenCluster } from './world/chosen-cluster.ts';
import { etcdctl, etcdLeader } from './world/etcd-members.ts';
import { applyFirstObjects, type ExpectedAnswer, zone } from './world/first-objects.ts';
import { type InstalledCluster, installCluster } from './world/installed-cluster.ts';
import { startQueryLoad } from './world/query-load.ts';
import { expectAnswerAt } from './world/questions.ts';
import { addressesOf, apply, podsOf, releaseNamespace } from './world/release.ts';

const hostname = 'external-dns.alpha.kubernetes.io/hostname';

describe.skipIf(unmet('bad days of etcd', ...clusterRequirements(chosenCluster())))('when etcd, with three members, has a bad day', () => {
  let world: InstalledCluster;
  let answers: readonly ExpectedAnswer[];
  let counter = 0;

  beforeAll(async () => {
    // The smallest quota that etcd takes to be worth having: it is filled below.
    world = await installCluster({ etcd: { replicas: 3, quota: '16Mi' } });
    answers = await applyFirstObjects(world.cluster, 'web');
    for (const { name, type, data } of answers) await expectAnswerAt(world.client, world.server, name, type, data);
  }, 300_000);
  afterAll(() => world?.[Symbol.asyncDispose](), 60_000);

  async function expectNewServiceToWork(timeoutMs = 60_000): Promise<void> {
    const name = `new-${++counter}`;
    await apply(world.cluster, service(`web/${name}`, { [hostname]: `${name}.${zone}` }));
    const addresses = await addressesOf(world.cluster, 'web', name, timeoutMs);
    await expectAnswerAt(world.client, world.server, `${name}.${zone}`, 'A', addresses, timeoutMs);
  }

  const load = (seconds: number) =>
    startQueryLoad(world.client, {
      server: world.server,
      questions: answers.map(({ name, type }) => `${name} ${type}`),
      queriesPerSecond: 500,
      seconds,
    });

  const allReady = () =>
    eventually(async () => expect((await podsOf(world.cluster, 'etcd')).map(({ ready }) => ready)).toEqual([true, true, true]), {
      timeoutMs: 120_000,
      everyMs: 500,
    });

  it('elects another leader when the leader is killed, and nobody notices', async () => {
    const leader = await etcdLeader(world.cluster);
    const during = load(15);
    await world.cluster.kubectl(['-n', releaseNamespace, 'delete', 'pod', leader, '--grace-period=0', '--force']);
    await expectNewServiceToWork();
    const result = await during;
    expect(result).toMatchObject({ lost: 0, codes: { NOERROR: result.sent } });
    await allReady();
  });

  it('takes a member back that has lost its disk', async () => {
    const { name } = (await podsOf(world.cluster, 'etcd')).find((pod) => pod.name.endsWith('-1')) ?? { name: '' };
    await world.cluster.kubectl(['-n', releaseNamespace, 'delete', 'pvc', `data-${name}`, '--wait=false']);
    await world.cluster.kubectl(['-n', releaseNamespace, 'delete', 'pod', name, '--grace-period=0', '--force']);
    await allReady();
    await expectNewServiceToWork();
    const members = await etcdctl(world.cluster, ['member', 'list']);
    expect(members.trim().split('\n')).toHaveLength(3);
  });

  it('answers on when etcd is full, says what is wrong, and publishes again when there is room', async () => {
    const junk = 'x'.repeat(900_000);
    await eventually(
      async () => {
        await expect(etcdctl(world.cluster, ['put', '/junk'], junk)).rejects.toThrow(/space/);
      },
      { timeoutMs: 120_000, everyMs: 0 },
    );
    const during = load(5);
    const name = `full-${++counter}`;
    await apply(world.cluster, service(`web/${name}`, { [hostname]: `${name}.${zone}` }));
    const addresses = await addressesOf(world.cluster, 'web', name);
    await eventually(
      async () => {
        const logs = await world.cluster.kubectl([
          '-n',
          releaseNamespace,
          'logs',
          '-l',
          'app.kubernetes.io/component=dns-sync',
          '--tail=-1',
          '--prefix',
        ]);
        expect(logs).toMatch(/space/);
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    const result = await during;
    expect(result).toMatchObject({ lost: 0, codes: { NOERROR: result.sent } });
    // What docs/guide says: delete, compact, defragment, disarm.
    await etcdctl(world.cluster, ['del', '/junk']);
    const status = JSON.parse(await etcdctl(world.cluster, ['endpoint', 'status', '-w', 'json'])) as readonly {
      readonly Status: { readonly header: { readonly revision: number } };
    }[];
    await etcdctl(world.cluster, ['compact', String(status[0]?.Status.header.revision)]);
    await etcdctl(world.cluster, ['defrag', '--cluster']);
    await etcdctl(world.cluster, ['alarm', 'disarm']);
    await expectAnswerAt(world.client, world.server, `${name}.${zone}`, 'A', addresses, 90_000);
    await expectNewServiceToWork();
  });
});
