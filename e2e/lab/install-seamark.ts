import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildImage } from '@seamark/images';
import type { Lab } from './lab.ts';
import { LabError } from './lab-error.ts';

const chart = resolve(import.meta.dirname, '../../charts/seamark');

/**
 * Gives the nodes Seamark's and etcd's images, and installs the chart with a pool of the LAN's free addresses:
 * what `lab up` does besides Kubernetes.
 */
export async function installSeamark(lab: Lab, progress: (step: string) => void): Promise<void> {
  if (!existsSync(join(chart, 'Chart.yaml'))) throw new LabError(`there is no chart in ${chart} (npm run lab -- up --kubernetes-only)`);
  for (const name of ['seamark', 'etcd']) {
    const image = await buildImage(name);
    await lab.loadImage(image.archive);
    progress(`image ${image.reference}`);
  }
  const [release, namespace] = ['seamark', 'seamark-system'];
  // The pool by values, so that the person's own `helm upgrade` may change or leave out what is the release's.
  const values = { addressPools: [{ name: 'lan', addresses: [lab.pools.ipv4, lab.pools.ipv6] }] };
  await lab.helm(
    ['upgrade', '--install', release, chart, '--namespace', namespace, '--create-namespace', '--wait', '--timeout', '3m', '-f', '-'],
    { input: JSON.stringify(values), timeoutMs: 200_000 },
  );
  progress('Seamark');
}
