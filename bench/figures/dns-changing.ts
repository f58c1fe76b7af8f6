import { temporaryFolder } from '@seamark/testkit';
import { startChangeLoad } from '../dns/change-load.ts';
import { measureCost, warmUp } from '../dns/cost.ts';
import { leaveServerCore } from '../dns/cores.ts';
import { type EtcdContent, etcdWithHosts } from '../dns/etcd-content.ts';
import { halfLoad, measureLatency } from '../dns/latency-at-rate.ts';
import type { MeasuredServer } from '../dns/measured-server.ts';
import { mustHaveDnsperf } from '../dns/peers.ts';
import { type DnsLoad, writeDnsLoad } from '../dns/questions.ts';
import { effort, inTurns } from '../dns/rounds.ts';
import { startSeamarkWithHosts } from '../dns/seamark-server.ts';
import { type Figure, ratioOf, rounded } from '../figure.ts';
import { pause } from '../lab/pause.ts';

const names = 10_000;
const changesPerSecond = 1_000;
/** A path that the server does not watch. Changes there make etcd, and the core of who asks, just as busy. */
const elsewhere = '/elsewhere';

/** Something that is measured with and without changes; smaller is better. */
interface Aspect {
  readonly name: string;
  /** Whether etcd and who changes leave their core to who asks: only where it has time to spare for them. */
  readonly yielding: boolean;
  measure(seconds: number): Promise<number>;
}

/** What 1,000 changes a second from etcd cost each of the other figures, beside the same server when the changes are not its own. */
export const dnsChanging: Figure = {
  name: 'dns-changing',
  async measure({ progress, quick }) {
    mustHaveDnsperf();
    using _core = leaveServerCore();
    using folder = temporaryFolder('bench-dns');
    const load = writeDnsLoad(folder.path, names);
    const etcd = await etcdWithHosts(names, progress);
    await using server = await startSeamarkWithHosts(etcd, names);
    await warmUp([server], load);
    progress('changes, until they have been compiled');
    await changesWarmUp(etcd);
    const { seconds, rounds } = effort(quick);
    const results: Record<
      string,
      { readonly changing: number; readonly quiet: number; readonly ratio: number | null; readonly changesPerSecond: number }
    > = {};
    for (const aspect of aspects(server, load, await halfLoad([server], load, seconds))) {
      let least = Number.POSITIVE_INFINITY;
      const sides = [
        { name: 'changing', path: '/skydns' },
        { name: 'quiet', path: elsewhere },
      ];
      const bySide = await inTurns(
        sides,
        rounds,
        async (side, round) => {
          progress(`${aspect.name}, round ${round}: ${side.name}`);
          const { value, changes } = await whileChanging(etcd, side, aspect, seconds);
          least = Math.min(least, changes);
          return value;
        },
        (value) => value,
      );
      const [changing, quiet] = [bySide['changing'] ?? Number.NaN, bySide['quiet'] ?? Number.NaN];
      results[aspect.name] = {
        changing: rounded(changing),
        quiet: rounded(quiet),
        ratio: ratioOf(changing, quiet),
        changesPerSecond: least,
      };
    }
    const ratios = Object.values(results).map(({ ratio }) => ratio ?? Number.POSITIVE_INFINITY);
    return {
      ours: results['microsecondsPerQueryAt80000']?.changing ?? Number.NaN,
      peer: results['microsecondsPerQueryAt80000']?.quiet ?? null,
      unit: 'µs of CPU per query at 80,000 a second; peer: ours while keys that it does not watch change',
      target: 'at most 1.1 × without changes, each',
      met:
        ratios.every((ratio) => ratio <= 1.1) && Object.values(results).every((each) => each.changesPerSecond >= 0.95 * changesPerSecond),
      details: { names, changesPerSecondAsked: changesPerSecond, ...results },
    };
  },
};

function aspects(server: MeasuredServer, load: DnsLoad, half: number): readonly Aspect[] {
  const { questionFile } = load;
  const costAt = (rate: number): Aspect => ({
    name: `microsecondsPerQueryAt${rate}`,
    yielding: false,
    measure: async (seconds) => (await measureCost(server, { questionFile, seconds, rate })).microsecondsPerQuery,
  });
  const closed = (name: string, mode: 'udp' | 'tcp' | 'dot'): Aspect => ({
    name,
    yielding: false,
    measure: async (seconds) => {
      const outstanding = mode === 'udp' ? 100 : 400;
      return 1e6 / (await measureCost(server, { questionFile, seconds, mode, outstanding })).queriesPerSecond;
    },
  });
  return [
    ...[40_000, 80_000, 150_000].map(costAt),
    closed('microsecondsOfTimePerQueryUdp', 'udp'),
    closed('microsecondsOfTimePerQueryTcp', 'tcp'),
    closed('microsecondsOfTimePerQueryDot', 'dot'),
    {
      name: `p99MicrosecondsAt${half}`,
      yielding: true,
      measure: async (seconds) => (await measureLatency(server, load, half, seconds)).p99Microseconds,
    },
  ];
}

/** As `warmUp` for questions: what a change runs through is compiled by then. */
async function changesWarmUp(etcd: EtcdContent): Promise<void> {
  await using _changes = await startChangeLoad({ etcd, names, changesPerSecond: 2 * changesPerSecond });
  await pause(10_000);
}

async function whileChanging(
  etcd: EtcdContent,
  { path }: { readonly path: string },
  aspect: Aspect,
  seconds: number,
): Promise<{ readonly value: number; readonly changes: number }> {
  await using changes = await startChangeLoad({ etcd, names, changesPerSecond, yielding: aspect.yielding, path });
  const value = await aspect.measure(seconds);
  return { value, changes: changes.changesPerSecond() };
}
