import { type QueryLoadResult, startQueryLoad } from '@seamark/e2e/cluster-suites/world/query-load';
import { type Figure, type FigureContext, rounded } from '../figure.ts';
import { startAskingClient } from '../cluster/asking-client.ts';
import { type BenchLab, startBenchLab } from '../cluster/bench-lab.ts';
import { loadBalancerAddress } from '../cluster/load-balancer-address.ts';
import { untilPodsReady } from '../cluster/release-pods.ts';
import { dnsService, installSeamark, releaseImages, releaseNamespace } from '../cluster/seamark-release.ts';
import { pause } from '../lab/pause.ts';
import { hostName, serviceManifest } from '../lab/services.ts';
import { installPeers, peerDnsService, peerImages, peerNamespace } from '../peers/cluster/install-peers.ts';
import { peersAreBuilt } from '../peers/tools.ts';

const queriesPerSecond = 2_000;
const firstServices = 10;

/** A rolling update of every Deployment of the release while a host of the LAN asks: the queries that get no answer. */
export const clusterRollingUpdate: Figure = {
  name: 'cluster-rolling-update',
  async measure(context) {
    const ours = await measureOurs(context);
    const peer = peersAreBuilt() ? await measurePeer(context) : null;
    return {
      ours: ours.load.lost,
      peer: peer?.load.lost ?? null,
      unit: 'queries lost',
      target: '0',
      met: ours.load.lost === 0 && ours.load.codes['NOERROR'] === ours.load.sent,
      details: { ...report(ours), peerUpdate: peer === null ? null : report(peer) },
    };
  },
};

interface UpdateUnderLoad {
  readonly load: QueryLoadResult;
  /** From the restart until the last old pod was gone. */
  readonly updateSeconds: number;
}

function report({ load, updateSeconds }: UpdateUnderLoad): Readonly<Record<string, unknown>> {
  return {
    sent: load.sent,
    codes: load.codes,
    averageLatencyMs: load.averageLatencyMs === null ? null : rounded(load.averageLatencyMs),
    maximumLatencyMs: rounded(load.maximumLatencyMs),
    updateSeconds: rounded(updateSeconds),
  };
}

async function measureOurs({ progress }: FigureContext): Promise<UpdateUnderLoad> {
  await using cluster = await startBenchLab(releaseImages, progress);
  await installSeamark(cluster);
  const server = await loadBalancerAddress(cluster.api, releaseNamespace, dnsService);
  return await updateUnderLoad(cluster, { server, namespace: releaseNamespace, deployments: [], seconds: 75 }, progress);
}

async function measurePeer({ progress }: FigureContext): Promise<UpdateUnderLoad> {
  await using cluster = await startBenchLab(peerImages, progress);
  await installPeers(cluster);
  const server = await loadBalancerAddress(cluster.api, peerNamespace, peerDnsService);
  // Its readiness probe waits 30 s.
  return await updateUnderLoad(cluster, { server, namespace: peerNamespace, deployments: ['coredns'], seconds: 120 }, progress);
}

interface Update {
  readonly server: string;
  readonly namespace: string;
  /** Default: every Deployment of the namespace. */
  readonly deployments: readonly string[];
  /** How long is asked; longer than the update takes. */
  readonly seconds: number;
}

async function updateUnderLoad({ lab, api }: BenchLab, update: Update, progress: (text: string) => void): Promise<UpdateUnderLoad> {
  const { server, namespace, seconds } = update;
  const names = Array.from({ length: firstServices }, (_, index) => hostName(index));
  {
    await using client = await startAskingClient(lab.client, server);
    for (const index of names.keys()) await api.ask('POST', '/api/v1/namespaces/default/services', serviceManifest(index));
    for (const name of names) await client.waitFor(name, 120_000);
  }
  // Both replicas know them all by now, whichever was asked.
  await pause(2_000);
  const before = (await untilPodsReady(api, [namespace], 1)).map(({ name }) => name);
  progress(`${queriesPerSecond} queries a second for ${seconds} s`);
  const questions = names.map((name) => `${name} A`);
  const loadOver = startQueryLoad(lab.client, { server, questions, queriesPerSecond, seconds });
  const updated = (async () => {
    await pause(3_000);
    const startMs = performance.now();
    const targets = update.deployments.length === 0 ? ['deployment'] : update.deployments.map((name) => `deployment/${name}`);
    await lab.kubectl(['-n', namespace, 'rollout', 'restart', ...targets]);
    await lab.kubectl(['-n', namespace, 'rollout', 'status', ...targets, '--timeout=120s'], { timeoutMs: 130_000 });
    const after = await untilPodsReady(api, [namespace], before.length);
    return { updateSeconds: (performance.now() - startMs) / 1_000, endMs: performance.now(), after: after.map(({ name }) => name) };
  })();
  const [load, { updateSeconds, endMs, after }] = await Promise.all([
    loadOver.then((result) => ({ ...result, endMs: performance.now() })),
    updated,
  ]);
  if (endMs > load.endMs) throw new Error(`the update took ${rounded(updateSeconds)} s, longer than the load`);
  if (after.every((name) => before.includes(name))) throw new Error('no pod was replaced');
  progress(`${load.lost} of ${load.sent} lost; the update took ${rounded(updateSeconds)} s`);
  return { load, updateSeconds };
}
