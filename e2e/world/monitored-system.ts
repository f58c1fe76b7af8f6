import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ApiServer,
  type EtcdServer,
  freePort,
  startEtcd,
  startTcpProxy,
  startWatchGateway,
  type TcpProxy,
  temporaryFolder,
  type TestProcess,
  type WatchGateway,
} from '@seamark/testkit';
import { startApiServerWithCrds } from './cluster-world.ts';
import type { ScrapeTarget } from './prometheus.ts';
import { startSeamark } from './seamark-process.ts';

/** One process of the product as its pod would be. */
export interface Replica {
  readonly target: ScrapeTarget;
  readonly dnsPort: number;
  process(): TestProcess;
  /** SIGKILL: what a node that loses power does to it. */
  kill(): Promise<void>;
  /** Starts it again on the same ports; resolves when it serves metrics. */
  start(): Promise<void>;
}

/** The components as processes of their own, each with a way to what it needs that a test can break. */
export interface MonitoredSystem extends AsyncDisposable {
  readonly apiServer: ApiServer;
  readonly etcd: EtcdServer;
  /** Between lb-controller and the API server. */
  readonly apiProxy: TcpProxy;
  /** Between dns-sync and the API server. */
  readonly watchGateway: WatchGateway;
  /** Between dns-sync, or the first DNS server, and etcd. */
  readonly syncProxy: TcpProxy;
  readonly dnsProxy: TcpProxy;
  readonly lbController: Replica;
  readonly dnsSync: Replica;
  readonly dns: readonly [Replica, Replica];
  /** Starts one more DNS server over another etcd. */
  startDns(pod: string, etcdEndpoint: string, args: readonly string[]): Promise<Replica>;
  targets(): readonly ScrapeTarget[];
}

/** Starts everything; resolves when all of it serves metrics. */
export async function startMonitoredSystem(etcdArgs: readonly string[]): Promise<MonitoredSystem> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(temporaryFolder('monitored'));
  const [etcd, apiServer] = await Promise.all([startEtcd({ extraArgs: etcdArgs }), startApiServerWithCrds()]);
  starting.use(etcd);
  starting.use(apiServer);
  const apiProxy = starting.use(await startTcpProxy(apiServer.port));
  const syncProxy = starting.use(await startTcpProxy(etcd.port));
  const dnsProxy = starting.use(await startTcpProxy(etcd.port));
  const watchGateway = starting.use(await startWatchGateway(apiServer));
  const kubeconfig = (name: string, server: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, apiServer.kubeconfigFor({ server }));
    return path;
  };
  const throughProxy = kubeconfig('proxy', `https://127.0.0.1:${apiProxy.port}`);
  const throughGateway = kubeconfig('gateway', watchGateway.url);
  const url = (proxy: TcpProxy): string => `http://127.0.0.1:${proxy.port}`;
  const started: Replica[] = [];
  starting.defer(async () => {
    await Promise.all(started.map((replica) => replica.process().end('SIGTERM', 2_000)));
  });
  const run = async (pod: string, command: string, args: readonly string[]): Promise<Replica> => {
    const port = await freePort();
    const dnsPort = await freePort();
    const all = [command, '--metrics-address', `127.0.0.1:${port}`, '--log-format', 'json', ...args];
    if (command === 'authoritative-dns') all.push('--dns-listen', `127.0.0.1:${dnsPort}`, '--dns-zone', 'example.org');
    const launch = async (): Promise<TestProcess> => {
      const launched = startSeamark(all);
      await untilScraped(port, launched);
      return launched;
    };
    let current = await launch();
    const replica: Replica = {
      target: { port, pod, container: command },
      dnsPort,
      process: () => current,
      async kill() {
        await current.end('SIGKILL');
      },
      async start() {
        current = await launch();
      },
    };
    started.push(replica);
    return replica;
  };
  const startDns: MonitoredSystem['startDns'] = (pod, endpoint, args) => run(pod, 'authoritative-dns', ['--etcd', endpoint, ...args]);
  const [lbController, dnsSync, firstDns, secondDns] = await Promise.all([
    run('lb-1', 'lb-controller', ['--kubeconfig', throughProxy]),
    run('sync-1', 'dns-sync', [
      '--kubeconfig',
      throughGateway,
      '--etcd',
      url(syncProxy),
      '--domain-filter',
      'example.org',
      '--managed-record-types',
      'A,AAAA,CNAME,TXT',
    ]),
    startDns('dns-1', url(dnsProxy), []),
    startDns('dns-2', etcd.endpoint, []),
  ]);
  const cleanup = starting.move();
  return {
    apiServer,
    etcd,
    apiProxy,
    watchGateway,
    syncProxy,
    dnsProxy,
    lbController,
    dnsSync,
    dns: [firstDns, secondDns],
    startDns,
    targets: () => [
      ...[lbController, dnsSync, firstDns, secondDns].map(({ target }) => target),
      { port: etcd.port, pod: 'etcd-0', container: 'etcd' },
    ],
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
}

async function untilScraped(port: number, launched: TestProcess): Promise<void> {
  let ended = false;
  const end = (): void => void (ended = true);
  launched.exited.then(end, end);
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    if (answer?.ok === true) return;
    if (ended || performance.now() > deadline) throw new Error(`no metrics on port ${port}:\n${launched.output().slice(-4_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
