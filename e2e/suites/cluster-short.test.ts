import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '@seamark/images';
import { eventually, unmet } from '@seamark/testkit';
import { clusterRequirements, openCluster } from '../cluster/open-cluster.ts';
import type { LanHost, TestCluster } from '../cluster/test-cluster.ts';
import { applyFirstObjects, type ExpectedAnswer, expectAnswersEverywhere, zone } from '../cluster-suites/world/first-objects.ts';
import { askFrom, expectNoNameAt, startAskingPod } from '../cluster-suites/world/questions.ts';
import { addressesOf, installRelease, podsOf, releaseNamespace } from '../cluster-suites/world/release.ts';
import { suiteValues } from '../cluster-suites/world/suite-values.ts';

for (const on of ['lab', 'kind'] as const) {
  describe.skipIf(unmet(`the short form on ${on}`, ...clusterRequirements(on)))(`one helm install on ${on}`, () => {
    let cluster: TestCluster;
    let client: LanHost;
    let server: string;
    let answers: readonly ExpectedAnswer[];

    beforeAll(async () => {
      const [product, etcd, opened] = await Promise.all([
        buildImage('seamark'),
        buildImage('etcd'),
        openCluster({ on, nodes: on === 'kind' ? 1 : 2 }),
      ]);
      cluster = opened;
      if (cluster.client === undefined) throw new Error(`${on} has no client host`);
      client = cluster.client;
      for (const { archive } of [product, etcd]) await cluster.loadImage(archive);
      await installRelease(cluster, suiteValues(cluster));
      await startAskingPod(cluster, product.reference);
      server = (await addressesOf(cluster, releaseNamespace, 'seamark-dns'))[0] ?? '';
    }, 240_000);
    afterAll(() => cluster?.[Symbol.asyncDispose](), 60_000);

    it('ends with every pod ready and none restarted', async () => {
      // The Job that turns authentication on may still be at work.
      await eventually(
        async () => {
          const pods = await podsOf(cluster);
          expect(pods.filter(({ ready, restarts }) => !ready || restarts > 0)).toEqual([]);
          expect(new Set(pods.map(({ component }) => component))).toEqual(
            new Set(['lb-controller', 'dns-sync', 'authoritative-dns', 'etcd']),
          );
        },
        { timeoutMs: 60_000, everyMs: 500 },
      );
    });

    it('gives addresses, and answers to a host of the LAN and inside a pod', async () => {
      answers = await applyFirstObjects(cluster, 'web');
      await expectAnswersEverywhere(cluster, client, server, answers);
    });

    it('proves itself by helm test', async () => {
      expect(await cluster.helm(['test', 'seamark', '-n', releaseNamespace, '--timeout', '60s'], { timeoutMs: 70_000 })).toContain(
        'Succeeded',
      );
    });

    it('answers on after a name server is killed, and withdraws a name with its Service', async () => {
      const [first] = await podsOf(cluster, 'authoritative-dns');
      await cluster.kubectl(['-n', releaseNamespace, 'delete', 'pod', first?.name ?? '', '--grace-period=0', '--force']);
      await cluster.kubectl(['-n', 'web', 'delete', 'service', 'both']);
      await expectNoNameAt(client, server, `both.${zone}`);
      expect((await askFrom(client, server, `shop.${zone}`, 'A', 'tcp')).code).toBe('NOERROR');
    });

    it('leaves CRDs, pools and records where they are when it is uninstalled', async () => {
      await cluster.helm(['uninstall', 'seamark', '-n', releaseNamespace, '--wait', '--timeout', '60s'], { timeoutMs: 70_000 });
      await eventually(async () => expect(await podsOf(cluster)).toEqual([]), { timeoutMs: 30_000 });
      expect(await cluster.kubectl(['get', 'crds', '-o', 'name'])).toContain('ipaddresspools.metallb.io');
      expect(await cluster.kubectl(['-n', releaseNamespace, 'get', 'pvc', '-o', 'name'])).toContain('etcd');
      expect(await cluster.kubectl(['-n', 'web', 'get', 'dnsendpoints', '-o', 'name'])).toContain('printer');
    });
  });
}
