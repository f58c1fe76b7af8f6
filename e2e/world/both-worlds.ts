import { type ApiServer, apiServerRequirement, type EtcdServer, etcdRequirement, startEtcd, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { type ClusterWorld, type ClusterWorldOptions, startApiServerWithCrds, startClusterWorld } from './cluster-world.ts';
import { deleteKeys } from './etcd-gateway.ts';
import { startFolderWorld } from './folder-world.ts';
import { inParallel } from './in-parallel.ts';
import type { World } from './world.ts';

/** How a world's product is started: what is added to its command line and to its environment. */
export interface StartOptions {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
}

/** Makes a world for one test, with nothing in it. */
export type StartWorld = (options?: StartOptions) => Promise<World>;

/** Declares one suite twice: over a folder with the embedded store, and over a real API server with a real etcd. */
export function inBothWorlds(title: string, declare: (start: StartWorld) => void): void {
  describe(`${title}, from a folder`, () => declare(({ args, env } = {}) => startFolderWorld(args, env)));
  inClusters(`${title}, from a cluster`, declare);
}

/** The servers that the tests of one {@link inClusters} share. */
export interface SharedServers {
  readonly apiServer: ApiServer;
  readonly etcd: EtcdServer;
}

/** Makes a cluster world over the shared servers, unless the options name others. */
export type StartCluster = (options?: ClusterWorldOptions) => Promise<ClusterWorld>;

/** Declares a suite over one API server and one etcd, which are emptied before each test. Skipped by name where they are missing. */
export function inClusters(title: string, declare: (start: StartCluster, servers: () => SharedServers) => void): void {
  describe.skipIf(unmet(title, apiServerRequirement(), etcdRequirement()))(title, () => {
    const parts = new AsyncDisposableStack();
    let servers: SharedServers;
    beforeAll(async () => {
      servers = { etcd: parts.use(await startEtcd()), apiServer: parts.use(await startApiServerWithCrds()) };
    });
    beforeEach(() => clear(servers));
    afterAll(() => parts.disposeAsync());
    declare(
      (options) => startClusterWorld({ ...servers, ...options }),
      () => servers,
    );
  });
}

interface ObjectList {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace: string } }[];
}

/** Removes what a test before may have left: Services, pools, leases and records. */
async function clear({ apiServer, etcd }: SharedServers): Promise<void> {
  for (const [base, kind] of [
    ['/api/v1', 'services'],
    ['/apis/metallb.io/v1beta1', 'ipaddresspools'],
    ['/apis/coordination.k8s.io/v1', 'leases'],
  ] as const) {
    const { items } = JSON.parse((await apiServer.request('GET', `${base}/${kind}`)).text) as ObjectList;
    const left = items
      .map(({ metadata }) => metadata)
      .filter(({ name }) => name !== 'kubernetes' && (kind !== 'leases' || name.startsWith('seamark-')));
    await inParallel(left, 8, async ({ namespace, name }) => {
      await apiServer.request('DELETE', `${base}/namespaces/${namespace}/${kind}/${name}`);
    });
  }
  await deleteKeys(etcd.endpoint, '/skydns/');
}
