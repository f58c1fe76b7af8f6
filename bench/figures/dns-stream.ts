import { temporaryFolder } from '@seamark/testkit';
import { type Cost, measureCost, warmUp } from '../dns/cost.ts';
import { leaveServerCore } from '../dns/cores.ts';
import { etcdWithHosts } from '../dns/etcd-content.ts';
import { bind, knot, mustHaveDnsperf, nsd, type Peer, startPeers } from '../dns/peers.ts';
import { writeDnsLoad } from '../dns/questions.ts';
import { effort, inTurns } from '../dns/rounds.ts';
import { startSeamarkWithHosts } from '../dns/seamark-server.ts';
import { type Figure, ratioOf } from '../figure.ts';

const names = 10_000;
const connections = 8;
/** On all connections together: each has several questions under way. */
const outstanding = 400;

/** Questions a second over TCP, pipelined, beside Knot. */
export const dnsTcp: Figure = streamFigure('dns-tcp', 'tcp', [knot, nsd, bind]);

/** Questions a second over TLS, beside BIND, because Debian's Knot has no DNS over TLS. */
export const dnsDot: Figure = streamFigure('dns-dot', 'dot', [bind, nsd]);

/** The first of `peers` is the one that we are held against. */
function streamFigure(name: string, mode: 'tcp' | 'dot', peers: readonly [Peer, ...Peer[]]): Figure {
  const [{ name: rival }] = peers;
  return {
    name,
    async measure({ progress, quick }) {
      mustHaveDnsperf();
      using _core = leaveServerCore();
      using folder = temporaryFolder('bench-dns');
      await using servers = new AsyncDisposableStack();
      const load = writeDnsLoad(folder.path, names);
      const ours = servers.use(await startSeamarkWithHosts(await etcdWithHosts(names, progress), names));
      const { servers: others, missing } = await startPeers(peers, load, servers);
      const { seconds, rounds } = effort(quick);
      const asked = { questionFile: load.questionFile, mode, clients: connections, outstanding };
      await warmUp([ours, ...others], asked);
      const results: Readonly<Record<string, Cost>> = await inTurns(
        [ours, ...others],
        rounds,
        (server, round) => {
          progress(`round ${round}: ${server.name}`);
          return measureCost(server, { ...asked, seconds });
        },
        ({ queriesPerSecond }) => queriesPerSecond,
      );
      const of = (side: string): number | undefined => {
        const queriesPerSecond = results[side]?.queriesPerSecond;
        return queriesPerSecond === undefined ? undefined : 1e6 / queriesPerSecond;
      };
      const ratio = ratioOf(of('seamark'), of(rival));
      return {
        ours: of('seamark') ?? Number.NaN,
        peer: of(rival) ?? null,
        unit: `µs per query (1,000,000 / queries a second), ${connections} connections; peer: ${rival}`,
        target: `at least as many queries a second as ${rival}`,
        met: ratio !== null && ratio <= 1,
        details: { names, connections, outstanding, ...results, missing },
      };
    },
  };
}
