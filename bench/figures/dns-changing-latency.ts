import { temporaryFolder } from '@seamark/testkit';
import { startChangeLoad } from '../dns/change-load.ts';
import { warmUp } from '../dns/cost.ts';
import { leaveServerCore } from '../dns/cores.ts';
import { etcdWithHosts } from '../dns/etcd-content.ts';
import { halfLoad, type LatencyRun, measureLatency } from '../dns/latency-at-rate.ts';
import { knot, mustHaveDnsperf, startPeers } from '../dns/peers.ts';
import { writeDnsLoad } from '../dns/questions.ts';
import { effort, inTurns } from '../dns/rounds.ts';
import { startSeamarkWithHosts } from '../dns/seamark-server.ts';
import { type Figure, ratioOf } from '../figure.ts';

const names = 1_000_000;
const changesPerSecond = 1_000;
const limit = 5;

/** How far the slowest answers are from the usual ones while 1,000,000 records are held and change; beside Knot, whose do not change. */
export const dnsChangingLatency: Figure = {
  name: 'dns-changing-latency',
  async measure({ progress, quick }) {
    mustHaveDnsperf();
    using _core = leaveServerCore();
    using folder = temporaryFolder('bench-dns');
    await using servers = new AsyncDisposableStack();
    const load = writeDnsLoad(folder.path, names);
    const etcd = await etcdWithHosts(names, progress);
    const ours = servers.use(await startSeamarkWithHosts(etcd, names));
    const { servers: others, missing } = await startPeers([knot], load, servers);
    const sides = [ours, ...others];
    await warmUp(sides, load);
    const { seconds, rounds } = effort(quick);
    const rate = await halfLoad(sides, load, seconds);
    // etcd and who changes wait when dnsperf wants their core: otherwise its own waiting would be measured.
    const changes = servers.use(await startChangeLoad({ etcd, names, changesPerSecond, yielding: true }));
    const results: Record<string, LatencyRun> = await inTurns(
      sides,
      rounds,
      (server, round) => {
        progress(`${rate} questions a second, round ${round}: ${server.name}`);
        return measureLatency(server, load, rate, seconds * 2);
      },
      ({ p50Microseconds, p999Microseconds }) => p999Microseconds / p50Microseconds,
    );
    const taken = changes.changesPerSecond();
    const spread = (run: LatencyRun | undefined): number | null => ratioOf(run?.p999Microseconds, run?.p50Microseconds);
    const [of, ofKnot] = [spread(results['seamark']), spread(results['knot'])];
    return {
      ours: of ?? Number.NaN,
      peer: ofKnot,
      unit: 'p99.9 / p50 of the time until the answer at half load; peer: Knot without changes',
      target: `≤ ${limit}`,
      met: of !== null && of <= limit && taken >= 0.95 * changesPerSecond,
      details: { names, questionsPerSecond: rate, changesPerSecond: taken, ...results, missing },
    };
  },
};
