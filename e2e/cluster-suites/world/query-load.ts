import { join } from 'node:path';
import type { LanHost } from '../../cluster/test-cluster.ts';

/** What a load of queries came to. */
export interface QueryLoadResult {
  readonly sent: number;
  readonly completed: number;
  /** Queries without an answer within five seconds, as resolvers wait by default. They are not asked again. */
  readonly lost: number;
  /** Answers by response code. */
  readonly codes: Readonly<Record<string, number>>;
  readonly averageLatencyMs: number | null;
  readonly maximumLatencyMs: number;
  /** When the first of the lost queries were sent, counted from the beginning. */
  readonly lostAtMs: readonly number[];
  /** Where the next load from this host goes on. */
  readonly nextPort: number;
}

const nextPorts = new WeakMap<LanHost, number>();

/** Options of {@link startQueryLoad}. */
export interface QueryLoadOptions {
  readonly server: string;
  /** Questions, asked in turn: `name TYPE`. */
  readonly questions: readonly string[];
  readonly queriesPerSecond: number;
  readonly seconds: number;
}

/**
 * Asks a server by UDP from a host of the LAN at a fixed rate for a fixed time, each query from a port of its own. The load goes on while
 * the caller breaks things; the promise resolves when it is over.
 */
export async function startQueryLoad(host: LanHost, options: QueryLoadOptions): Promise<QueryLoadResult> {
  const program = join(import.meta.dirname, 'query-load-process.ts');
  const { code, stdout, stderr } = await host.run(
    process.execPath,
    [
      program,
      options.server,
      String(options.queriesPerSecond),
      String(options.seconds),
      '5000',
      String(nextPorts.get(host) ?? 0),
      JSON.stringify(options.questions),
    ],
    { timeoutMs: (options.seconds + 60) * 1_000 },
  );
  if (code !== 0) throw new Error(`asking from ${host.name}: exit code ${code}: ${stderr}${stdout}`);
  const result = JSON.parse(stdout) as QueryLoadResult;
  nextPorts.set(host, result.nextPort);
  return result;
}
