import { measureCost } from './cost.ts';
import { runDnsperf } from './dnsperf.ts';
import type { Latencies } from './latencies.ts';
import type { MeasuredServer } from './measured-server.ts';
import type { DnsLoad } from './questions.ts';

/** Latencies of a run over UDP. */
export interface LatencyRun extends Latencies {
  readonly queriesPerSecond: number;
  readonly lost: number;
}

/**
 * More than are ever under way at half load: a slow answer must not hold the next question back, which would hide it. Far more would
 * only overflow the socket of a server that pauses.
 */
const outstanding = 1_000;

/** Asks `rate` questions a second. */
export async function measureLatency(server: MeasuredServer, load: DnsLoad, rate: number, seconds: number): Promise<LatencyRun> {
  const { questionFile } = load;
  const { latencies, queriesPerSecond, lost } = await runDnsperf({
    port: server.port,
    questionFile,
    seconds,
    rate,
    outstanding,
    latencies: true,
  });
  return { ...(latencies as Latencies), queriesPerSecond: Math.round(queriesPerSecond), lost };
}

/** Half as many questions a second as the slowest of these servers answers as fast as it can, in thousands. */
export async function halfLoad(servers: readonly MeasuredServer[], load: DnsLoad, seconds: number): Promise<number> {
  const most: number[] = [];
  for (const server of servers) most.push((await measureCost(server, { questionFile: load.questionFile, seconds })).queriesPerSecond);
  return Math.max(1, Math.round(Math.min(...most) / 2_000)) * 1_000;
}
