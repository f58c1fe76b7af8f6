import { temporaryFolder } from '@seamark/testkit';
import { warmUp } from '../dns/cost.ts';
import { leaveServerCore } from '../dns/cores.ts';
import { etcdWithHosts } from '../dns/etcd-content.ts';
import { halfLoad, measureLatency, type LatencyRun } from '../dns/latency-at-rate.ts';
import { knot, mustHaveDnsperf, startPeers } from '../dns/peers.ts';
import { writeDnsLoad } from '../dns/questions.ts';
import { effort, inTurns } from '../dns/rounds.ts';
import { startSeamarkWithHosts } from '../dns/seamark-server.ts';
import type { Figure } from '../figure.ts';

const names = 10_000;

/** How long answers over UDP take when half of what can be asked is asked, beside Knot. */
export const dnsLatency: Figure = {
  name: 'dns-latency',
  async measure({ progress, quick }) {
    mustHaveDnsperf();
    using _core = leaveServerCore();
    using folder = temporaryFolder('bench-dns');
    await using servers = new AsyncDisposableStack();
    const load = writeDnsLoad(folder.path, names);
    const ours = servers.use(await startSeamarkWithHosts(await etcdWithHosts(names, progress), names));
    const peers = await startPeers([knot], load, servers);
    const sides = [ours, ...peers.servers];
    const { seconds, rounds } = effort(quick);
    await warmUp(sides, load);
    const rate = await halfLoad(sides, load, seconds);
    const results: Record<string, LatencyRun> = await inTurns(
      sides,
      rounds,
      (server, round) => {
        progress(`${rate} questions a second, round ${round}: ${server.name}`);
        return measureLatency(server, load, rate, seconds);
      },
      ({ p99Microseconds }) => p99Microseconds,
    );
    const [seamark, other] = [results['seamark'] as LatencyRun, results['knot']];
    return {
      ours: seamark.p99Microseconds,
      peer: other?.p99Microseconds ?? null,
      unit: 'µs until the answer, p99 at half load; peer: Knot',
      target: '≤ 1.0 × Knot',
      met: other !== undefined && seamark.p99Microseconds <= other.p99Microseconds,
      details: { names, questionsPerSecond: rate, ...results, missing: peers.missing },
    };
  },
};
