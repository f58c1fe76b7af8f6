import { type Figure, type FigureContext, rounded } from '../figure.ts';
import { type BenchCluster, startCluster } from '../lab/cluster.ts';
import { type DnsClient, openDnsClient } from '../lab/dns-client.ts';
import { pause } from '../lab/pause.ts';
import { startSeamark } from '../lab/seamark.ts';
import { watchServices } from '../lab/service-watch.ts';
import { addressesOf, createServices, hostName, inPool, serviceName, zone } from '../lab/services.ts';
import { percentile } from '../measure/percentile.ts';
import { startPeerChain } from '../peers/chain.ts';
import { peersAreBuilt } from '../peers/tools.ts';

const ourServices = 100;
// Six seconds each.
const peerServices = 5;

/** From a Service to its answer: created in a real API server, until our DNS server answers with its address. */
export const propagation: Figure = {
  name: 'propagation',
  async measure(context) {
    const ours = await measureOurs(context);
    const peer = peersAreBuilt() ? await measurePeer(context) : null;
    const [p50, p99] = [percentile(ours.answeredMs, 50), percentile(ours.answeredMs, 99)];
    return {
      ours: p50,
      peer: peer === null ? null : percentile(peer.answeredMs, 50),
      unit: 'ms from sending the Service to its answer, p50',
      target: 'p50 ≤ 25 ms, p99 ≤ 100 ms',
      met: p50 <= 25 && p99 <= 100,
      details: {
        p50: rounded(p50),
        p99: rounded(p99),
        addressedP50: rounded(percentile(ours.addressedMs, 50)),
        createdP50: rounded(percentile(ours.createdMs, 50)),
        services: ourServices,
        peerP99: peer === null ? null : rounded(percentile(peer.answeredMs, 99)),
        peerServices: peer === null ? null : peerServices,
        peerAskedTooEarly: peer === null ? null : rounded(peer.askedTooEarlyMs),
      },
    };
  },
};

/** Times after the request to create a Service was sent. */
interface Times {
  /** Until the API server had answered that request. */
  readonly createdMs: number[];
  /** Until a watch has shown its address. */
  readonly addressedMs: number[];
  /** Until DNS answered with an address. */
  readonly answeredMs: number[];
}

async function measureOurs({ progress }: FigureContext): Promise<Times> {
  progress(`seamark up with an API server and an etcd: ${ourServices} Services, one by one`);
  await using cluster = await startCluster();
  await using seamark = await startSeamark([
    `--kubeconfig=${cluster.api.kubeconfigPath}`,
    `--etcd=${cluster.records.endpoint}`,
    `--dns-zone=${zone}`,
  ]);
  using dns = await openDnsClient(seamark.dnsPort);
  const check = (): void => seamark.process.mustRun();
  // The way is open when the first Service answers; it is not measured.
  await createServices(cluster.api, 0, 1, 1);
  await dns.waitFor(hostName(0), { everyMs: 20, timeoutMs: 60_000, check });
  const times = await oneByOne(cluster, dns, { services: ourServices, everyMs: 1, timeoutMs: 20_000, restMs: 50, check });
  progress(`p50 ${rounded(percentile(times.answeredMs, 50))} ms, p99 ${rounded(percentile(times.answeredMs, 99))} ms`);
  return times;
}

async function measurePeer({ progress }: FigureContext): Promise<Times & { readonly askedTooEarlyMs: number }> {
  progress(`MetalLB, ExternalDNS --events and CoreDNS with an API server and an etcd: ${peerServices} Services, one by one`);
  await using cluster = await startCluster();
  await using chain = await startPeerChain(cluster);
  using dns = await openDnsClient(chain.coredns.dnsPort);
  using cached = await openDnsClient(chain.coredns.cachedDnsPort);
  const check = (): void => chain.mustRun();
  await createServices(cluster.api, 0, 1, 1);
  await dns.waitFor(hostName(0), { everyMs: 50, timeoutMs: 90_000, check });
  const startMs = performance.now();
  // The same question through the usual cache, asked before the record is there.
  const askedTooEarly = cached.waitFor(hostName(1), { everyMs: 50, timeoutMs: 90_000, check }).then(() => performance.now() - startMs);
  const times = await oneByOne(cluster, dns, { services: peerServices, everyMs: 10, timeoutMs: 90_000, restMs: 50, check });
  progress(`p50 ${rounded(percentile(times.answeredMs, 50))} ms; waiting for the name that was asked too early`);
  return { ...times, askedTooEarlyMs: await askedTooEarly };
}

interface Course {
  readonly services: number;
  /** Pause between two questions for a name that is not there yet. */
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Pause between two Services. */
  readonly restMs: number;
  readonly check: () => void;
}

/** Creates Services 1 … n, each after the one before is answered, and asks for each name from the moment its Service is sent. */
async function oneByOne(cluster: BenchCluster, dns: DnsClient, course: Course): Promise<Times> {
  using watch = await watchServices(cluster.api);
  const [createdMs, answeredMs, addressedMs]: [number[], number[], number[]] = [[], [], []];
  const answers = new Map<string, string>();
  for (let index = 1; index <= course.services; index++) {
    const startMs = performance.now();
    const created = createServices(cluster.api, index, 1, 1).then(() => createdMs.push(performance.now() - startMs));
    const answered = dns.waitFor(hostName(index), course).then((address) => {
      answeredMs.push(performance.now() - startMs);
      answers.set(serviceName(index), address);
    });
    await Promise.all([created, answered]);
    await watch.addressed(index, course.timeoutMs);
    addressedMs.push((watch.addressedAtMs.get(serviceName(index)) ?? Number.NaN) - startMs);
    await pause(course.restMs);
  }
  const stored = await addressesOf(cluster.api);
  for (const [name, address] of answers) {
    if (stored.get(name) !== address || !inPool(address))
      throw new Error(`${name} was answered with ${address}, its status says ${stored.get(name)}`);
  }
  return { createdMs, addressedMs, answeredMs };
}
