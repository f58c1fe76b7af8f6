import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { leaveServerCore } from '../dns/cores.ts';
import { visibleAfter } from '../dns/change-visible.ts';
import { etcdWithHosts } from '../dns/etcd-content.ts';
import { startSeamarkWithHosts } from '../dns/seamark-server.ts';
import { type Figure, rounded } from '../figure.ts';
import { openDnsClient } from '../lab/dns-client.ts';
import { percentile } from '../measure/percentile.ts';

const sizes = [10_000, 100_000, 1_000_000];
const limitMs = 5;

/** How long after etcd has committed a change it is answered, in zones of three sizes. */
export const dnsChangeVisible: Figure = {
  name: 'dns-change-visible',
  async measure({ progress, quick }) {
    using _core = leaveServerCore();
    const bySize: Record<string, Readonly<Record<'p50' | 'p99' | 'fromSendingP99', number>>> = {};
    for (const names of sizes) {
      const etcd = await etcdWithHosts(names, progress);
      await using server = await startSeamarkWithHosts(etcd, names);
      using client = await openDnsClient(server.port);
      const store = createEtcdStore({ endpoints: [etcd.endpoint] });
      try {
        const changes = quick ? 50 : 500;
        progress(`${changes} changes among ${names} names`);
        const options = { store, client, names, changes, check: () => server.process.mustRun() };
        // Server, etcd and who asks compile or cache what they do for the first time; what a running system does is measured.
        await visibleAfter({ ...options, round: 0 });
        const samples = await visibleAfter({ ...options, round: 1 });
        const after = samples.map(({ fromCommitMs }) => fromCommitMs);
        bySize[names] = {
          p50: rounded(percentile(after, 50)),
          p99: rounded(percentile(after, 99)),
          fromSendingP99: rounded(
            percentile(
              samples.map(({ fromSendingMs }) => fromSendingMs),
              99,
            ),
          ),
        };
      } finally {
        await store.close();
      }
    }
    const worst = Math.max(...Object.values(bySize).map(({ p99 }) => p99));
    return {
      ours: worst,
      peer: null,
      unit: 'ms from the answer of etcd to the change until the answer with it, p99 of the slowest size',
      target: `≤ ${limitMs} ms with 10,000, 100,000 and 1,000,000 names`,
      met: worst <= limitMs,
      details: { bySize },
    };
  },
};
