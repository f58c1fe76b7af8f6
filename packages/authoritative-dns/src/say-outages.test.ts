import { systemClock } from '@seamark/common/controller';
import { silentLogger } from '@seamark/common/observability';
import { createMirror } from '@seamark/kv-store-client';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { etcdRequirement, eventually, startEtcd, unmet } from '@seamark/testkit';
import { expect, test } from 'vitest';

import { sayOutages } from './say-outages.ts';

test.skipIf(unmet('outages of etcd in the log', etcdRequirement()))('an outage is said once, and its end is', async () => {
  await using etcd = await startEtcd();
  const store = createEtcdStore({ endpoints: [etcd.endpoint] });
  const halt = new AbortController();
  try {
    const lines: string[] = [];
    const mirror = createMirror({ store, prefix: '/skydns/', signal: halt.signal, fold: { reset() {}, apply() {} } });
    sayOutages(
      mirror,
      'etcd',
      { ...silentLogger, warn: (line) => void lines.push(line), info: (line) => void lines.push(line) },
      systemClock,
    );
    await mirror.synced;
    await etcd.kill();
    await eventually(() => expect(lines).toEqual(['etcd is away; answering as of revision 1']));
    await etcd.restart();
    await eventually(() =>
      expect(lines.slice(1)).toEqual([expect.stringMatching(/^etcd is back after \d+ s; answering as of revision 1$/)]),
    );
  } finally {
    halt.abort();
    await store.close();
  }
});
