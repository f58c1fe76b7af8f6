import type { TestCluster } from '../../cluster/test-cluster.ts';
import { zone } from './first-objects.ts';
import type { Values } from './release.ts';

/** Values of an install that a suite begins with: one zone, one pool of the cluster's free addresses, a store that a suite may lose. */
export function suiteValues(cluster: TestCluster, more: Values = {}): Values {
  const { ipv4, ipv6 } = cluster.pools;
  return {
    ...more,
    global: { zones: [zone], ...(more['global'] as object | undefined) },
    addressPools: [{ name: 'lan', addresses: [ipv4, ...(ipv6 === undefined ? [] : [ipv6])] }],
  };
}
