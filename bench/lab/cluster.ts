import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiServer, type ApiServerOptions, type EtcdServer, startApiServer, startEtcd } from '@seamark/testkit';
import { createObject } from './create-object.ts';
import { checkout } from './seamark.ts';
import { poolManifest, poolNamespace } from './services.ts';

/** A real API server with its etcd, one address pool, and a second etcd for the records. Both sides of a figure get one each, the same. */
export interface BenchCluster extends AsyncDisposable {
  readonly api: ApiServer;
  /** Where the DNS records go; nobody else uses it. */
  readonly records: EtcdServer;
}

const crdFolder = join(checkout, 'charts/seamark/crds');

/** Starts a {@link BenchCluster}; takes about four seconds. */
export async function startCluster(options: Pick<ApiServerOptions, 'users' | 'extraArgs'> = {}): Promise<BenchCluster> {
  await using starting = new AsyncDisposableStack();
  const records = starting.use(await startEtcd());
  const crds = readdirSync(crdFolder).map((file) => join(crdFolder, file));
  const api = starting.use(await startApiServer({ ...options, crds }));
  await createObject(api, '/api/v1/namespaces', { metadata: { name: poolNamespace } });
  await createObject(api, `/apis/metallb.io/v1beta1/namespaces/${poolNamespace}/ipaddresspools`, poolManifest);
  const owned = starting.move();
  return { api, records, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
