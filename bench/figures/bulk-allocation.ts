import { type Figure, type FigureContext, rounded } from '../figure.ts';
import { type BenchCluster, startCluster } from '../lab/cluster.ts';
import { openDnsClient } from '../lab/dns-client.ts';
import { startSeamark } from '../lab/seamark.ts';
import { watchServices } from '../lab/service-watch.ts';
import { addressesOf, createServices, hostName, inPool, zone } from '../lab/services.ts';
import { startMetallb } from '../peers/metallb.ts';
import { builtProgram } from '../peers/tools.ts';

const services = 1_000;
const concurrency = 32;

/** A thousand Services at once: the time until all have an address, in units of the time that creating them takes. */
export const bulkAllocation: Figure = {
  name: 'bulk-allocation',
  async measure(context) {
    const aloneSeconds = await createAlone(context);
    const ours = await measureOurs(context);
    const peer = builtProgram('metallb', 'controller') === undefined ? null : await measureMetallb(context);
    return {
      ours: ours.addressedSeconds / ours.createdSeconds,
      peer: peer === null ? null : peer.addressedSeconds / peer.createdSeconds,
      unit: '× the time that creating them takes',
      target: '≤ 1.3',
      met: ours.addressedSeconds / ours.createdSeconds <= 1.3,
      details: {
        services,
        concurrency,
        createdAloneSeconds: rounded(aloneSeconds),
        timesCreatingAlone: rounded(ours.addressedSeconds / aloneSeconds),
        createdSeconds: rounded(ours.createdSeconds),
        addressedSeconds: rounded(ours.addressedSeconds),
        peerCreatedSeconds: peer === null ? null : rounded(peer.createdSeconds),
        peerAddressedSeconds: peer === null ? null : rounded(peer.addressedSeconds),
      },
    };
  },
};

/** Times since the first request to create a Service was sent. */
interface Times {
  readonly createdSeconds: number;
  readonly addressedSeconds: number;
}

/** The same Services while nobody acts on them: what the API server takes for itself on these cores. */
async function createAlone({ progress }: FigureContext): Promise<number> {
  progress(`nobody: ${services} Services, ${concurrency} at a time`);
  await using cluster = await startCluster();
  await createServices(cluster.api, 0, 1, 1);
  const startMs = performance.now();
  await createServices(cluster.api, 1, services, concurrency);
  return (performance.now() - startMs) / 1_000;
}

async function measureOurs({ progress }: FigureContext): Promise<Times> {
  progress(`seamark up (addresses, records and answers): ${services} Services, ${concurrency} at a time`);
  await using cluster = await startCluster();
  await using seamark = await startSeamark([
    `--kubeconfig=${cluster.api.kubeconfigPath}`,
    `--etcd=${cluster.records.endpoint}`,
    `--dns-zone=${zone}`,
  ]);
  using dns = await openDnsClient(seamark.dnsPort);
  await createServices(cluster.api, 0, 1, 1);
  await dns.waitFor(hostName(0), { everyMs: 20, timeoutMs: 60_000, check: () => seamark.process.mustRun() });
  return await allAtOnce(cluster, progress);
}

async function measureMetallb({ progress }: FigureContext): Promise<Times> {
  progress(`MetalLB's controller: ${services} Services, ${concurrency} at a time`);
  await using cluster = await startCluster();
  using watch = await watchServices(cluster.api);
  await using _metallb = await startMetallb(cluster.api);
  await createServices(cluster.api, 0, 1, 1);
  await watch.addressed(1, 60_000);
  return await allAtOnce(cluster, progress);
}

async function allAtOnce(cluster: BenchCluster, progress: FigureContext['progress']): Promise<Times> {
  using watch = await watchServices(cluster.api);
  const startMs = performance.now();
  const createdSeconds = createServices(cluster.api, 1, services, concurrency).then(() => (performance.now() - startMs) / 1_000);
  await Promise.all([createdSeconds, watch.addressed(services, 240_000)]);
  const times = { createdSeconds: await createdSeconds, addressedSeconds: (performance.now() - startMs) / 1_000 };
  progress(`created in ${rounded(times.createdSeconds)} s, addressed in ${rounded(times.addressedSeconds)} s`);
  const addresses = [...(await addressesOf(cluster.api)).values()];
  const distinct = new Set(addresses);
  if (distinct.size !== services + 1 || !addresses.every(inPool))
    throw new Error(`${services + 1} Services have ${distinct.size} addresses`);
  return times;
}
