import { rounded } from '../figure.ts';
import { treeNanoseconds } from '../measure/process-tree.ts';
import { type DnsperfOptions, runDnsperf } from './dnsperf.ts';
import type { MeasuredServer } from './measured-server.ts';

/** What a run cost the server. */
export interface Cost {
  /** CPU time of the server, as the scheduler counts it, for each query that was answered. */
  readonly microsecondsPerQuery: number;
  readonly queriesPerSecond: number;
  readonly lost: number;
}

/** One run of dnsperf. `port` is the server's UDP and TCP port, or that of TLS for mode `dot`. */
export async function measureCost(server: MeasuredServer, options: Omit<DnsperfOptions, 'port'>): Promise<Cost> {
  const port = options.mode === 'dot' ? server.tlsPort : server.port;
  if (port === undefined) throw new Error(`${server.name} has no port for DNS over TLS`);
  const before = treeNanoseconds(server.pid);
  const run = await runDnsperf({ ...options, port });
  const used = treeNanoseconds(server.pid) - before;
  return {
    microsecondsPerQuery: rounded(used / 1_000 / run.completed),
    queriesPerSecond: Math.round(run.queriesPerSecond),
    lost: run.lost,
  };
}

/** Asks each server for a while before anything is measured: programs that compile while they run, and caches, have then settled. */
export async function warmUp(servers: readonly MeasuredServer[], options: Omit<DnsperfOptions, 'port' | 'seconds'>): Promise<void> {
  for (const server of servers) await measureCost(server, { ...options, seconds: 2 });
}
