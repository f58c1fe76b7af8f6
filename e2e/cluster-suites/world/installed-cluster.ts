import { buildImage } from '@seamark/images';
import { openCluster } from '../../cluster/open-cluster.ts';
import type { LanHost, TestCluster } from '../../cluster/test-cluster.ts';
import { chosenCluster } from './chosen-cluster.ts';
import { startAskingPod } from './questions.ts';
import { addressesOf, installRelease, releaseNamespace, type Values } from './release.ts';
import { suiteValues } from './suite-values.ts';

/** A cluster with the product's images, the host that asks, and a pod that asks. */
export interface PreparedCluster extends AsyncDisposable {
  readonly cluster: TestCluster;
  readonly client: LanHost;
}

/** A {@link PreparedCluster} with the release `seamark`. */
export interface InstalledCluster extends PreparedCluster {
  /** The address of the DNS Service. */
  readonly server: string;
}

/** Opens the cluster that `npm run e2e -- --on …` names and gives it the images. */
export async function prepareCluster(options: { readonly nodes?: number } = {}): Promise<PreparedCluster> {
  await using stack = new AsyncDisposableStack();
  const [product, etcd] = [await buildImage('seamark'), await buildImage('etcd')];
  const cluster = stack.use(await openCluster({ on: chosenCluster(), nodes: options.nodes ?? 3 }));
  if (cluster.client === undefined) throw new Error(`${cluster.on} has no client host; see the reason above`);
  if (cluster.capabilities.has('load-image')) for (const { archive } of [product, etcd]) await cluster.loadImage(archive);
  await startAskingPod(cluster, product.reference);
  const cleanup = stack.move();
  return { cluster, client: cluster.client, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}

/** {@link prepareCluster}, then `helm install` with {@link suiteValues} and `values`. */
export async function installCluster(values: Values = {}, options: { readonly nodes?: number } = {}): Promise<InstalledCluster> {
  await using stack = new AsyncDisposableStack();
  const prepared = stack.use(await prepareCluster(options));
  await installRelease(prepared.cluster, suiteValues(prepared.cluster, values));
  const [server = ''] = await addressesOf(prepared.cluster, releaseNamespace, 'seamark-dns');
  const cleanup = stack.move();
  return { cluster: prepared.cluster, client: prepared.client, server, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}
