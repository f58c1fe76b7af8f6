import { temporaryFolder } from '@seamark/testkit';
import { type Cost, measureCost, warmUp } from '../dns/cost.ts';
import { leaveServerCore } from '../dns/cores.ts';
import { etcdWithHosts } from '../dns/etcd-content.ts';
import { bind, coreDns, coreDnsWithEtcd, knot, mustHaveDnsperf, nsd, startPeers } from '../dns/peers.ts';
import { writeDnsLoad } from '../dns/questions.ts';
import { effort, inTurns } from '../dns/rounds.ts';
import { startSeamarkWithHosts } from '../dns/seamark-server.ts';
import { type Figure, ratioOf } from '../figure.ts';

const names = 10_000;
const rates = [40_000, 80_000, 150_000, undefined] as const;

/** CPU time per query over UDP, at three rates and as fast as it goes, beside Knot, NSD, BIND and CoreDNS. */
export const dnsUdpCost: Figure = {
  name: 'dns-udp-cost',
  async measure({ progress, quick }) {
    mustHaveDnsperf();
    using _core = leaveServerCore();
    using folder = temporaryFolder('bench-dns');
    await using servers = new AsyncDisposableStack();
    const load = writeDnsLoad(folder.path, names);
    const etcd = await etcdWithHosts(names, progress);
    const ours = servers.use(await startSeamarkWithHosts(etcd, names));
    const peers = await startPeers([knot, nsd, bind, coreDns, coreDnsWithEtcd(etcd.endpoint)], load, servers);
    const { seconds, rounds } = effort(quick);
    await warmUp([ours, ...peers.servers], load);
    const byRate: Record<string, Readonly<Record<string, Cost>>> = {};
    for (const rate of rates) {
      const text = rate === undefined ? 'closed loop' : String(rate);
      byRate[text] = await inTurns(
        [ours, ...peers.servers],
        rounds,
        (server, round) => {
          progress(`${text}, round ${round}: ${server.name}`);
          return measureCost(server, { questionFile: load.questionFile, seconds, ...(rate === undefined ? {} : { rate }) });
        },
        ({ microsecondsPerQuery }) => microsecondsPerQuery,
      );
    }
    /** Our CPU time per query against that of a peer, at each rate. */
    const ratiosTo = (peer: string): Readonly<Record<string, number | null>> =>
      Object.fromEntries(
        Object.entries(byRate).map(([rate, { seamark, [peer]: other }]) => [
          rate,
          ratioOf(seamark?.microsecondsPerQuery, other?.microsecondsPerQuery),
        ]),
      );
    const [toKnot, toCoreDns, toCoreDnsWithEtcd] = [ratiosTo('knot'), ratiosTo('coredns'), ratiosTo('coredns-etcd')];
    const closed = byRate['closed loop'];
    return {
      ours: byRate['80000']?.['seamark']?.microsecondsPerQuery ?? Number.NaN,
      peer: byRate['80000']?.['knot']?.microsecondsPerQuery ?? null,
      unit: 'µs of CPU per query at 80,000 a second; peer: Knot',
      target: '≤ 1.0 × Knot and ≤ 0.25 × CoreDNS at each rate, closed loop at least as many queries a second as Knot',
      met:
        within(toKnot, 1) &&
        within(toCoreDns, 0.25) &&
        (closed?.['seamark']?.queriesPerSecond ?? 0) >= (closed?.['knot']?.queriesPerSecond ?? Number.POSITIVE_INFINITY),
      details: { names, toKnot, toCoreDns, toCoreDnsWithEtcd, byRate, missing: peers.missing },
    };
  },
};

function within(ratios: Readonly<Record<string, number | null>>, limit: number): boolean {
  return Object.values(ratios).every((ratio) => ratio !== null && ratio <= limit);
}
