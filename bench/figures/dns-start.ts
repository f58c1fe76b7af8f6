import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';
import { leaveServerCore } from '../dns/cores.ts';
import { etcdWithHosts } from '../dns/etcd-content.ts';
import { startKnotWithHosts } from '../dns/knot-start.ts';
import { startSeamarkWithHosts } from '../dns/seamark-server.ts';
import { measureStart, nowhere, type Start } from '../dns/start-server.ts';
import { type Figure, rounded } from '../figure.ts';
import { pause } from '../lab/pause.ts';

/** From nothing to answers for 100,000 records in etcd, beside Knot with the same in a zone file. */
export const dnsStart100k: Figure = startFigure('dns-start-100k', { names: 100_000, seconds: 3, megabytes: 300 });

/** The same for 1,000,000 records. */
export const dnsStart1m: Figure = startFigure('dns-start-1m', { names: 1_000_000, seconds: 30, megabytes: 1_000 });

function startFigure(name: string, limit: { readonly names: number; readonly seconds: number; readonly megabytes: number }): Figure {
  const { names } = limit;
  return {
    name,
    async measure({ progress, quick }) {
      using _core = leaveServerCore();
      const etcd = await etcdWithHosts(names, progress);
      const starts: Start[] = [];
      for (let round = 1; round <= (quick ? 1 : 3); round++) {
        progress(`round ${round}`);
        starts.push(await measureStart(etcd, names));
      }
      const ours = median(starts);
      const knot = await startKnotWithHosts(names);
      const megabytes = Math.max(...starts.map((start) => start.megabytes));
      return {
        ours: ours.seconds,
        peer: knot?.seconds ?? null,
        unit: 's from the start of the process until answers; peer: Knot with a zone file',
        target: `≤ ${limit.seconds} s, resident ≤ ${limit.megabytes} MB`,
        met: ours.seconds <= limit.seconds && megabytes <= limit.megabytes,
        details: {
          names,
          cpuSeconds: rounded(ours.cpuSeconds),
          megabytes: rounded(megabytes),
          peakMegabytes: rounded(Math.max(...starts.map((start) => start.peakMegabytes))),
          peerMegabytes: knot === undefined ? null : rounded(knot.megabytes),
        },
      };
    },
  };
}

const snapshotNames = 1_000_000;
const snapshotSeconds = 5;
const snapshotTimeoutMs = 120_000;

/** From nothing to answers for 1,000,000 records in a snapshot, while etcd is away. */
export const dnsStartSnapshot: Figure = {
  name: 'dns-start-snapshot',
  async measure({ progress, quick }) {
    using _core = leaveServerCore();
    using folder = temporaryFolder('bench-snapshot');
    const snapshot = join(folder.path, 'snapshot');
    const etcd = await etcdWithHosts(snapshotNames, progress);
    {
      progress('writing the snapshot');
      await using first = await startSeamarkWithHosts({ endpoint: etcd.endpoint, snapshot }, snapshotNames);
      for (const deadline = performance.now() + snapshotTimeoutMs; !existsSync(snapshot); await pause(100)) {
        first.process.mustRun();
        if (performance.now() > deadline) throw new Error(`no snapshot after ${snapshotTimeoutMs} ms:\n${first.process.outputTail()}`);
      }
    }
    const endpoint = await nowhere();
    const starts: Start[] = [];
    for (let round = 1; round <= (quick ? 1 : 3); round++) {
      progress(`round ${round}`);
      starts.push(await measureStart({ endpoint, snapshot }, snapshotNames));
    }
    progress('with etcd');
    const restart = await measureStart({ endpoint: etcd.endpoint, snapshot }, snapshotNames);
    const ours = median(starts);
    return {
      ours: ours.seconds,
      peer: null,
      unit: 's from the start of the process until answers, etcd away',
      target: `≤ ${snapshotSeconds} s`,
      met: ours.seconds <= snapshotSeconds,
      details: {
        names: snapshotNames,
        cpuSeconds: rounded(ours.cpuSeconds),
        megabytes: rounded(ours.megabytes),
        peakMegabytes: rounded(ours.peakMegabytes),
        restartWithEtcd: { seconds: rounded(restart.seconds), megabytes: rounded(restart.megabytes) },
        snapshotMegabytes: rounded(statSync(snapshot).size / 1e6),
      },
    };
  },
};

function median(starts: readonly Start[]): Start {
  return starts.toSorted((a, b) => a.seconds - b.seconds)[Math.floor((starts.length - 1) / 2)] as Start;
}
