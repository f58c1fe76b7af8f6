import { type Figure, type FigureContext, rounded } from '../figure.ts';
import { startAskingClient } from '../cluster/asking-client.ts';
import { type BenchLab, startBenchLab } from '../cluster/bench-lab.ts';
import { loadBalancerAddress } from '../cluster/load-balancer-address.ts';
import { dnsService, installSeamark, releaseImages, releaseNamespace } from '../cluster/seamark-release.ts';
import { pause } from '../lab/pause.ts';
import { addressOf, hostName, serviceManifest, type ServiceObject, serviceName } from '../lab/services.ts';
import { percentile } from '../measure/percentile.ts';
import { installPeers, peerDnsService, peerImages, peerNamespace } from '../peers/cluster/install-peers.ts';
import { peersAreBuilt } from '../peers/tools.ts';

const ourServices = 100;
// Six seconds each.
const peerServices = 5;
const services = '/api/v1/namespaces/default/services';

/** From a Service to its answer at a host outside of the cluster, everything installed in the cluster. */
export const clusterPropagation: Figure = {
  name: 'cluster-propagation',
  async measure(context) {
    const ours = await measureOurs(context);
    const peer = peersAreBuilt() ? await measurePeer(context) : null;
    const [p50, p99] = [percentile(ours.answeredMs, 50), percentile(ours.answeredMs, 99)];
    return {
      ours: p50,
      peer: peer === null ? null : percentile(peer.answeredMs, 50),
      unit: 'ms from sending the Service to its answer at the client host, p50',
      target: 'p50 ≤ 40 ms, p99 ≤ 150 ms',
      met: p50 <= 40 && p99 <= 150,
      details: {
        p50: rounded(p50),
        p99: rounded(p99),
        createdP50: rounded(percentile(ours.createdMs, 50)),
        createdP99: rounded(percentile(ours.createdMs, 99)),
        addressedP50: rounded(percentile(ours.addressedMs, 50)),
        addressedP99: rounded(percentile(ours.addressedMs, 99)),
        services: ourServices,
        peerP99: peer === null ? null : rounded(percentile(peer.answeredMs, 99)),
        peerServices: peer === null ? null : peerServices,
      },
    };
  },
};

/** Times after the request to create a Service was sent. */
interface Times {
  /** Until the API server had answered that request. */
  readonly createdMs: readonly number[];
  /** Until a watch has shown its address. */
  readonly addressedMs: readonly number[];
  /** Until the client host had an answer with its address. */
  readonly answeredMs: readonly number[];
}

async function measureOurs({ progress }: FigureContext): Promise<Times> {
  await using cluster = await startBenchLab(releaseImages, progress);
  await installSeamark(cluster);
  progress(`Seamark: ${ourServices} Services, one by one`);
  const times = await oneByOne(cluster, await loadBalancerAddress(cluster.api, releaseNamespace, dnsService), ourServices, 20_000);
  progress(`p50 ${rounded(percentile(times.answeredMs, 50))} ms, p99 ${rounded(percentile(times.answeredMs, 99))} ms`);
  return times;
}

async function measurePeer({ progress }: FigureContext): Promise<Times> {
  await using cluster = await startBenchLab(peerImages, progress);
  await installPeers(cluster);
  progress(`MetalLB, ExternalDNS --events, etcd and CoreDNS: ${peerServices} Services, one by one`);
  const times = await oneByOne(cluster, await loadBalancerAddress(cluster.api, peerNamespace, peerDnsService), peerServices, 90_000);
  progress(`p50 ${rounded(percentile(times.answeredMs, 50))} ms`);
  return times;
}

/** Creates Services 1 … n, each after the one before is answered, and asks for each name from just before its Service is sent. */
async function oneByOne({ lab, api }: BenchLab, server: string, count: number, timeoutMs: number): Promise<Times> {
  const times: { createdMs: number[]; addressedMs: number[]; answeredMs: number[] } = { createdMs: [], addressedMs: [], answeredMs: [] };
  await using watch = watchAddresses(api);
  await using client = await startAskingClient(lab.client, server);
  // Service 0 opens the way and is not measured.
  for (let index = 0; index <= count; index++) {
    const answered = client.waitFor(hostName(index), index === 0 ? 120_000 : timeoutMs);
    const startNs = process.hrtime.bigint();
    const sinceStart = (ns: bigint): number => Number(ns - startNs) / 1e6;
    const [createdNs, answer] = await Promise.all([
      api.ask('POST', services, serviceManifest(index)).then(() => process.hrtime.bigint()),
      answered,
    ]);
    await pause(50);
    const seen = watch.first.get(serviceName(index));
    if (seen === undefined) throw new Error(`${serviceName(index)} is answered, but a watch has not shown its address`);
    if (!answer.addresses.includes(seen.address)) {
      throw new Error(`${serviceName(index)} was answered with ${answer.addresses.join(', ')}, its status says ${seen.address}`);
    }
    if (index === 0) continue;
    times.createdMs.push(sinceStart(createdNs));
    times.addressedMs.push(sinceStart(seen.atNs));
    times.answeredMs.push(sinceStart(answer.answeredAtNs));
  }
  return times;
}

/** Keeps when a watch has first shown an address of each Service. */
function watchAddresses(
  api: BenchLab['api'],
): AsyncDisposable & { readonly first: ReadonlyMap<string, { readonly atNs: bigint; readonly address: string }> } {
  const first = new Map<string, { readonly atNs: bigint; readonly address: string }>();
  const stop = new AbortController();
  const following = api.follow(
    services,
    (object) => {
      const [address] = addressOf(object as unknown as ServiceObject);
      const { name } = object.metadata;
      if (address !== undefined && !first.has(name)) first.set(name, { atNs: process.hrtime.bigint(), address });
    },
    stop.signal,
  );
  return {
    first,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await following;
    },
  };
}
