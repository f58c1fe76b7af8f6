import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LanHost } from '../../cluster/test-cluster.ts';

/** What a load of queries came to. */
export interface QueryLoadResult {
  readonly sent: number;
  readonly completed: number;
  /** Queries without an answer within the time-out. They are not asked again. */
  readonly lost: number;
  /** Answers by response code. */
  readonly codes: Readonly<Record<string, number>>;
  readonly averageLatencyMs: number;
  readonly maximumLatencyMs: number;
}

/** Options of {@link startQueryLoad}. */
export interface QueryLoadOptions {
  readonly server: string;
  /** Questions, asked in turn: `name TYPE`. */
  readonly questions: readonly string[];
  readonly queriesPerSecond: number;
  readonly seconds: number;
  readonly transport?: 'udp' | 'tcp';
}

/**
 * Asks a server from a host of the LAN at a fixed rate for a fixed time with dnsperf. The load goes on while the caller breaks
 * things; the promise resolves when it is over. A query counts as lost after five seconds, as for resolvers by default.
 */
export async function startQueryLoad(host: LanHost, options: QueryLoadOptions): Promise<QueryLoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'seamark-load-'));
  try {
    const questions = join(folder, 'questions');
    writeFileSync(questions, `${options.questions.join('\n')}\n`);
    const { code, stdout, stderr } = await host.run(
      'dnsperf',
      [
        ...['-s', options.server, '-d', questions, '-m', options.transport ?? 'udp', '-Q', String(options.queriesPerSecond)],
        // More sockets than one, so that kube-proxy spreads the load over the replicas.
        ...['-l', String(options.seconds), '-c', '40', '-T', '1', '-t', '5', '-q', '4000', '-W'],
      ],
      { timeoutMs: (options.seconds + 30) * 1_000 },
    );
    if (code !== 0) throw new Error(`dnsperf on ${host.name}: exit code ${code}: ${stderr}${stdout}`);
    return parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function parse(text: string): QueryLoadResult {
  const number = (pattern: RegExp): number => {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`dnsperf printed no ${pattern.source}:\n${text}`);
    return Number(found);
  };
  const codes: Record<string, number> = {};
  for (const [, code = '', count] of (/Response codes:\s+(.*)/.exec(text)?.[1] ?? '').matchAll(/([A-Z]+) (\d+)/g))
    codes[code] = Number(count);
  return {
    sent: number(/Queries sent:\s+(\d+)/),
    completed: number(/Queries completed:\s+(\d+)/),
    lost: number(/Queries lost:\s+(\d+)/),
    codes,
    averageLatencyMs: number(/Average Latency \(s\):\s+([\d.]+)/) * 1_000,
    maximumLatencyMs: number(/max ([\d.]+)\)/) * 1_000,
  };
}
