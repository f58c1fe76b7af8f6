import { type Figure, type FigureContext, rounded } from '../figure.ts';
import { startAskingClient } from '../cluster/asking-client.ts';
import { type BenchLab, startBenchLab } from '../cluster/bench-lab.ts';
import { loadBalancerAddress } from '../cluster/load-balancer-address.ts';
import { untilPodsReady } from '../cluster/release-pods.ts';
import { dnsService, installSeamark, releaseImages, releaseNamespace } from '../cluster/seamark-release.ts';
import { pause } from '../lab/pause.ts';
import { hostName, serviceManifest } from '../lab/services.ts';
import { type PodMemory, podMemory } from '../measure/pod-memory.ts';
import { installPeers, peerDnsService, peerImages, peerNamespace, peerNamespaces } from '../peers/cluster/install-peers.ts';
import { peersAreBuilt } from '../peers/tools.ts';

const firstServices = 10;
const restMs = 60_000;

/** Memory of all pods of the release on three nodes, after the first Services were answered and a minute of rest. */
export const clusterMemory: Figure = {
  name: 'cluster-memory',
  async measure(context) {
    const ours = await measureOurs(context);
    const peer = peersAreBuilt() ? await measurePeer(context) : null;
    const total = sum(ours, 'workingSet');
    return {
      ours: Math.round(total),
      peer: peer === null ? null : Math.round(sum(peer, 'workingSet')),
      unit: 'MB working set of all pods',
      target: '≤ 500 MB',
      met: total <= 500,
      details: {
        pods: workingSets(ours),
        rss: Math.round(sum(ours, 'rss')),
        pss: Math.round(sum(ours, 'pss')),
        peerPods: peer === null ? null : workingSets(peer),
        peerRss: peer === null ? null : Math.round(sum(peer, 'rss')),
        peerPss: peer === null ? null : Math.round(sum(peer, 'pss')),
      },
    };
  },
};

type MemoryByPod = ReadonlyMap<string, PodMemory>;

async function measureOurs({ progress }: FigureContext): Promise<MemoryByPod> {
  await using cluster = await startBenchLab(releaseImages, progress);
  await installSeamark(cluster);
  const server = await loadBalancerAddress(cluster.api, releaseNamespace, dnsService);
  return await afterFirstServices(cluster, server, [releaseNamespace], progress);
}

async function measurePeer({ progress }: FigureContext): Promise<MemoryByPod> {
  await using cluster = await startBenchLab(peerImages, progress);
  await installPeers(cluster);
  const server = await loadBalancerAddress(cluster.api, peerNamespace, peerDnsService);
  return await afterFirstServices(cluster, server, peerNamespaces, progress);
}

async function afterFirstServices(
  { lab, api }: BenchLab,
  server: string,
  namespaces: readonly string[],
  progress: (text: string) => void,
): Promise<MemoryByPod> {
  await using client = await startAskingClient(lab.client, server);
  for (let index = 0; index < firstServices; index++) {
    await api.ask('POST', '/api/v1/namespaces/default/services', serviceManifest(index));
  }
  for (let index = 0; index < firstServices; index++) await client.waitFor(hostName(index), 120_000);
  progress(`${firstServices} Services are answered; ${restMs / 1_000} s of rest`);
  await pause(restMs);
  const memory = await podMemory(api, await untilPodsReady(api, namespaces, 1));
  progress(`${Math.round(sum(memory, 'workingSet'))} MB working set, ${Math.round(sum(memory, 'pss'))} MB PSS`);
  return memory;
}

function sum(memory: MemoryByPod, of: keyof PodMemory): number {
  return [...memory.values()].reduce((total, pod) => total + pod[of], 0);
}

function workingSets(memory: MemoryByPod): Readonly<Record<string, number>> {
  return Object.fromEntries([...memory].map(([name, { workingSet }]) => [name, rounded(workingSet)]));
}
