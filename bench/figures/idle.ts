import { type Figure, type FigureContext, rounded } from '../figure.ts';
import { startCluster } from '../lab/cluster.ts';
import { openDnsClient } from '../lab/dns-client.ts';
import { pause } from '../lab/pause.ts';
import type { RunningProcess } from '../lab/running-process.ts';
import { startSeamark } from '../lab/seamark.ts';
import { createServices, hostName, zone } from '../lab/services.ts';
import { type ApiRequestLog, auditLog } from '../measure/api-requests.ts';
import { addedCalls, etcdCalls } from '../measure/etcd-calls.ts';
import { cpuSeconds } from '../measure/process-usage.ts';
import { startPeerChain } from '../peers/chain.ts';
import { peersAreBuilt } from '../peers/tools.ts';

const services = 100;
const idleMs = 60_000;

/** One minute in which nothing changes: CPU of our process and what it asks of the API server and of etcd. */
export const idle: Figure = {
  name: 'idle',
  async measure(context) {
    await using sides = new AsyncDisposableStack();
    const ours = sides.use(await startOurs(context));
    const peer = peersAreBuilt() ? sides.use(await startPeers(context)) : null;
    // What follows a start has settled.
    await pause(10_000);
    context.progress(`${idleMs / 1_000} s of rest`);
    const [before, peerBefore] = [await read(ours), peer === null ? null : await read(peer)];
    const since = new Date();
    await pause(idleMs);
    const oursUsed = used(ours, before, await read(ours), since);
    const peerUsed = peer === null || peerBefore === null ? null : used(peer, peerBefore, await read(peer), since);
    return {
      ours: oursUsed.cpuPercent,
      peer: peerUsed?.cpuPercent ?? null,
      unit: '% of a core',
      target: 'CPU < 0.5 % of a core, no API list, no etcd read',
      met: oursUsed.cpuPercent < 0.5 && oursUsed.apiLists === 0 && oursUsed.etcdReads === 0,
      details: {
        services,
        ...oursUsed,
        peerUsed,
      },
    };
  },
};

interface Side extends AsyncDisposable {
  readonly processes: readonly RunningProcess[];
  readonly requests: ApiRequestLog['requests'];
  readonly etcdEndpoint: string;
}

interface Reading {
  readonly cpuSeconds: number;
  readonly etcd: Readonly<Record<string, number>>;
}

async function startOurs({ progress }: FigureContext): Promise<Side> {
  progress(`seamark up with an API server, an etcd and ${services} Services`);
  await using starting = new AsyncDisposableStack();
  const log = starting.use(auditLog());
  const cluster = starting.use(await startCluster({ extraArgs: log.extraArgs }));
  const seamark = starting.use(
    await startSeamark([`--kubeconfig=${cluster.api.kubeconfigPath}`, `--etcd=${cluster.records.endpoint}`, `--dns-zone=${zone}`]),
  );
  await createServices(cluster.api, 0, services, 8);
  await answered(seamark.dnsPort, () => seamark.process.mustRun());
  const owned = starting.move();
  return {
    processes: [seamark.process],
    requests: log.requests,
    etcdEndpoint: cluster.records.endpoint,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startPeers({ progress }: FigureContext): Promise<Side> {
  progress(`MetalLB, ExternalDNS and CoreDNS with an API server, an etcd and ${services} Services`);
  await using starting = new AsyncDisposableStack();
  const log = starting.use(auditLog());
  const cluster = starting.use(await startCluster({ extraArgs: log.extraArgs }));
  const chain = starting.use(await startPeerChain(cluster));
  await createServices(cluster.api, 0, services, 8);
  await answered(chain.coredns.dnsPort, () => chain.mustRun());
  const owned = starting.move();
  return {
    processes: Object.values(chain.processes),
    requests: log.requests,
    etcdEndpoint: cluster.records.endpoint,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function answered(dnsPort: number, check: () => void): Promise<void> {
  using dns = await openDnsClient(dnsPort);
  for (let index = 0; index < services; index++) await dns.waitFor(hostName(index), { everyMs: 50, timeoutMs: 90_000, check });
}

async function read(side: Side): Promise<Reading> {
  for (const each of side.processes) each.mustRun();
  return { cpuSeconds: side.processes.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0), etcd: await etcdCalls(side.etcdEndpoint) };
}

function used(side: Side, before: Reading, after: Reading, since: Date) {
  const api = side.requests(since);
  const etcd = addedCalls(before.etcd, after.etcd);
  return {
    cpuPercent: rounded(((after.cpuSeconds - before.cpuSeconds) / (idleMs / 1_000)) * 100),
    apiLists: Object.entries(api).reduce((sum, [request, count]) => sum + (request.startsWith('list ') ? count : 0), 0),
    etcdReads: etcd['Range'] ?? 0,
    api,
    etcd,
  };
}
