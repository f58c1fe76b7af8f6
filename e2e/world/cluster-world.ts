import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ApiServer, type EtcdServer, freePort, startApiServer, startEtcd, temporaryFolder, type TestProcess } from '@seamark/testkit';
import { readKeys } from './etcd-gateway.ts';
import type { TestObject } from './objects.ts';
import { startRunningSeamark } from './seamark-process.ts';
import type { SeenEvent, World } from './world.ts';

const crdFolder = resolve(import.meta.dirname, '../../charts/seamark/crds');
const plurals: Readonly<Record<string, string>> = {
  Service: 'services',
  Ingress: 'ingresses',
  IPAddressPool: 'ipaddresspools',
  L2Advertisement: 'l2advertisements',
  BGPPeer: 'bgppeers',
  DNSEndpoint: 'dnsendpoints',
};

/** The cluster's own view of a world: its servers, to be broken by a test. */
export interface ClusterWorld extends World {
  readonly name: 'cluster';
  readonly apiServer: ApiServer;
  /** The etcd of the records; the API server has one of its own. */
  readonly etcd: EtcdServer;
}

/** What is read of a Service to tell its addresses. */
interface ServiceStatus {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: { readonly type?: string };
  readonly status: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } };
}

/** Options of {@link startClusterWorld}. */
export interface ClusterWorldOptions {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** Use these instead of starting own ones; they stay the caller's. */
  readonly apiServer?: ApiServer;
  readonly etcd?: EtcdServer;
  /** What the product is told, when that is a proxy before the real thing. */
  readonly kubeconfigServer?: string;
  readonly etcdEndpoint?: string;
}

/** A real API server with Seamark's CRDs. */
export function startApiServerWithCrds(): Promise<ApiServer> {
  return startApiServer({ crds: readdirSync(crdFolder).map((file) => join(crdFolder, file)) });
}

/** Starts the product over a real API server and a real etcd. */
export async function startClusterWorld(options: ClusterWorldOptions = {}): Promise<ClusterWorld> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(temporaryFolder('e2e'));
  const apiServer = options.apiServer ?? starting.use(await startApiServerWithCrds());
  const etcd = options.etcd ?? starting.use(await startEtcd());
  const dnsPort = await freePort();
  const kubeconfig = options.kubeconfigServer === undefined ? apiServer.kubeconfigPath : join(folder.path, 'kubeconfig');
  if (options.kubeconfigServer !== undefined) {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(kubeconfig, apiServer.kubeconfigFor({ server: options.kubeconfigServer }));
  }
  const start = (): Promise<TestProcess> =>
    startRunningSeamark(
      [
        '--kubeconfig',
        kubeconfig,
        '--etcd',
        options.etcdEndpoint ?? etcd.endpoint,
        '--data-dir',
        join(folder.path, 'data'),
        '--dns-listen',
        `127.0.0.1:${dnsPort}`,
        '--metrics-address',
        'none',
        '--output',
        'json',
        '--log-format',
        'json',
        ...(options.args ?? []),
      ],
      options.env === undefined ? {} : { env: options.env },
    );
  let current = await start();
  starting.defer(async () => {
    await current.end();
  });
  const cleanup = starting.move();
  const namespaces = new Set<string>();
  const send = async (method: string, path: string, body?: unknown, type?: string): Promise<unknown> => {
    const { status, text } = await apiServer.request(method, path, body, type);
    if (status >= 400 && !(method === 'DELETE' && status === 404)) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text) as unknown;
  };
  return {
    name: 'cluster',
    apiServer,
    etcd,
    dnsPort,
    process: () => current,
    async put(...objects) {
      for (const object of objects) {
        const { namespace } = object.metadata;
        if (namespace !== undefined && !namespaces.has(namespace)) {
          await send(
            'PATCH',
            `/api/v1/namespaces/${namespace}?fieldManager=test&force=true`,
            { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
            'application/apply-patch+yaml',
          );
          namespaces.add(namespace);
        }
        const { status, ...rest } = object;
        await send('PATCH', `${pathOf(object)}?fieldManager=test&force=true`, rest, 'application/apply-patch+yaml');
        if (status !== undefined) await send('PATCH', `${pathOf(object)}/status`, { status }, 'application/merge-patch+json');
      }
    },
    async remove(...objects) {
      for (const object of objects) await send('DELETE', pathOf(object));
    },
    async addressesOf(namespace, name) {
      const found = (await send('GET', `/api/v1/namespaces/${namespace}/services/${name}`)) as {
        status?: { loadBalancer?: { ingress?: { ip: string }[] } };
      };
      return (found.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip);
    },
    async reportedAddresses() {
      const { items } = (await send('GET', '/api/v1/services')) as { items: readonly ServiceStatus[] };
      return new Map(
        items
          .filter(({ spec }) => spec.type === 'LoadBalancer')
          .map(({ metadata, status }) => [
            `${metadata.namespace}/${metadata.name}`,
            (status.loadBalancer?.ingress ?? []).map(({ ip }) => ip),
          ]),
      );
    },
    storedRecords: async () => (await readKeys(etcd.endpoint, '/skydns/')).entries,
    async events(object) {
      const { namespace = 'default', name } = object.metadata;
      const list = (await send(
        'GET',
        `/api/v1/namespaces/${namespace}/events?fieldSelector=involvedObject.name=${name},involvedObject.kind=${object.kind}`,
      )) as { items: SeenEvent[] };
      return list.items;
    },
    async restart(signal) {
      await current.end(signal);
      current = await start();
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

function pathOf({ apiVersion, kind, metadata }: TestObject): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${base}/namespaces/${metadata.namespace ?? 'default'}/${plurals[kind] ?? `${kind.toLowerCase()}s`}/${metadata.name}`;
}
