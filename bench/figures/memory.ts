import { join } from 'node:path';
import { type Figure, type FigureContext, rounded } from '../figure.ts';
import { startCluster } from '../lab/cluster.ts';
import { openDnsClient } from '../lab/dns-client.ts';
import { exampleNames } from '../lab/examples.ts';
import { pause } from '../lab/pause.ts';
import { checkout, startSeamark } from '../lab/seamark.ts';
import { createServices, hostName, zone } from '../lab/services.ts';
import { residentMegabytes } from '../measure/process-usage.ts';
import { startPeerChain } from '../peers/chain.ts';
import { peersAreBuilt } from '../peers/tools.ts';

const restMs = 5_000;
/** About as many Services as the examples hold. */
const clusterServices = 10;

/** Resident memory of all components in one process with the examples, answered and at rest. */
export const memory: Figure = {
  name: 'memory',
  async measure(context) {
    const ours = await withExamples(context);
    const inCluster = await withCluster(context);
    const peer = peersAreBuilt() ? await ofPeers(context) : null;
    return {
      ours: Math.round(ours.now),
      peer: peer === null ? null : Math.round(Object.values(peer).reduce((sum, megabytes) => sum + megabytes, 0)),
      unit: 'MB resident',
      target: '≤ 180 MB',
      met: ours.now <= 180,
      details: {
        peakMegabytes: Math.round(ours.peak),
        withClusterAndEtcd: Math.round(inCluster.now),
        peers: peer === null ? null : Object.fromEntries(Object.entries(peer).map(([name, megabytes]) => [name, rounded(megabytes)])),
      },
    };
  },
};

async function withExamples({ progress }: FigureContext): Promise<{ readonly now: number; readonly peak: number }> {
  progress('seamark up with the examples');
  await using seamark = await startSeamark([`--manifests=${join(checkout, 'examples')}`]);
  await answered(seamark.dnsPort, exampleNames, () => seamark.process.mustRun());
  return residentMegabytes(seamark.process.pid);
}

async function withCluster({ progress }: FigureContext): Promise<{ readonly now: number; readonly peak: number }> {
  progress(`seamark up with an API server, an etcd and ${clusterServices} Services`);
  await using cluster = await startCluster();
  await using seamark = await startSeamark([
    `--kubeconfig=${cluster.api.kubeconfigPath}`,
    `--etcd=${cluster.records.endpoint}`,
    `--dns-zone=${zone}`,
  ]);
  await createServices(cluster.api, 0, clusterServices, 4);
  await answered(seamark.dnsPort, clusterNames(), () => seamark.process.mustRun());
  return residentMegabytes(seamark.process.pid);
}

async function ofPeers({ progress }: FigureContext): Promise<Readonly<Record<string, number>>> {
  progress(`MetalLB's controller, ExternalDNS and CoreDNS with an API server, an etcd and ${clusterServices} Services`);
  await using cluster = await startCluster();
  await using chain = await startPeerChain(cluster);
  await createServices(cluster.api, 0, clusterServices, 4);
  await answered(chain.coredns.dnsPort, clusterNames(), () => chain.mustRun());
  return Object.fromEntries(Object.entries(chain.processes).map(([name, { pid }]) => [name, residentMegabytes(pid).now]));
}

function clusterNames(): string[] {
  return Array.from({ length: clusterServices }, (_, index) => hostName(index));
}

/** Waits for the names, then for the rest that follows work. */
async function answered(dnsPort: number, names: readonly string[], check: () => void): Promise<void> {
  using dns = await openDnsClient(dnsPort);
  for (const name of names) await dns.waitFor(name, { everyMs: 20, timeoutMs: 90_000, check });
  await pause(restMs);
  check();
}
