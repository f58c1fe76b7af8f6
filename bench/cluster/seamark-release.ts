import { join } from 'node:path';
import { checkout } from '../lab/seamark.ts';
import { zone } from '../lab/services.ts';
import type { BenchLab } from './bench-lab.ts';
import { benchPool } from './bench-pool.ts';
import { untilPodsReady } from './release-pods.ts';

/** Where the release lives. */
export const releaseNamespace = 'seamark-system';
/** Its DNS Service. */
export const dnsService = 'seamark-dns';
/** Images that the chart names. */
export const releaseImages = ['seamark', 'etcd'] as const;

const chart = join(checkout, 'charts/seamark');
/** Two of each component, one member of etcd. */
const releasePods = 7;

/** `helm install --wait` with the chart's defaults, one zone and one pool. Resolves with the milliseconds until every pod was Ready. */
export async function installSeamark({ lab, api }: BenchLab): Promise<number> {
  const values = { global: { zones: [zone] }, addressPools: [{ name: 'bench', addresses: benchPool(lab) }] };
  const startMs = performance.now();
  await lab.helm(['install', 'seamark', chart, '-n', releaseNamespace, '--create-namespace', '--wait', '--timeout', '180s', '-f', '-'], {
    input: JSON.stringify(values),
    timeoutMs: 200_000,
  });
  await untilPodsReady(api, [releaseNamespace], releasePods);
  return performance.now() - startMs;
}

/** Removes the release with its data, Secrets and CRDs, so that the next installation begins with nothing. */
export async function removeSeamark({ lab }: BenchLab): Promise<void> {
  const timeoutMs = 120_000;
  await lab.helm(['uninstall', 'seamark', '-n', releaseNamespace, '--wait', '--timeout', '100s'], { timeoutMs });
  await lab.kubectl(['delete', 'namespace', releaseNamespace, '--wait', '--timeout=100s'], { timeoutMs });
  await lab.kubectl(['delete', '-f', join(chart, 'crds'), '--ignore-not-found', '--wait', '--timeout=100s'], { timeoutMs });
}
