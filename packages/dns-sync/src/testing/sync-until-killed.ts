// Run as a process of its own, with the endpoint of an etcd: keeps 2,000 Services in step, changing them all the time, until it is killed.
import { alwaysLeader } from '@seamark/common/controller';
import { createMetrics, silentLogger } from '@seamark/common/observability';
import { createReasonStream } from '@seamark/common/reasons';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { createDnsSync, createEtcdProvider } from '../index.ts';
import { ObjectCluster } from './object-cluster.ts';
import { loadBalancer } from './objects.ts';

const [endpoint = ''] = process.argv.slice(2);
const objects = new ObjectCluster();
const sync = createDnsSync({
  cluster: objects.cluster,
  provider: createEtcdProvider({ store: createEtcdStore({ endpoints: [endpoint] }) }),
  reasons: createReasonStream(),
  logger: silentLogger,
  metrics: createMetrics({ version: '0', component: 'test' }),
  leaderElection: alwaysLeader,
});
await sync.start(new AbortController().signal);
process.stdout.write('started\n');
for (let round = 0; ; round++) {
  for (let index = 0; index < 2_000; index++) {
    const addresses = [
      `10.${round % 250}.${index >> 8}.${index & 255}`,
      `10.${round % 250}.${100 + (index >> 8)}.${index & 255}`,
      `2001:db8::${index.toString(16)}`,
    ];
    objects.put(loadBalancer(`web/s${index}`, `s${index}.example.org`, addresses));
  }
  await sync.idle();
}
