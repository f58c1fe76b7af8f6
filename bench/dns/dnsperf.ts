import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';
import { onClientCore } from './cores.ts';
import { readLatencies, type Latencies } from './latencies.ts';

/** What dnsperf says about a run. */
export interface DnsperfRun {
  readonly completed: number;
  readonly lost: number;
  readonly queriesPerSecond: number;
  /** With `latencies` only. */
  readonly latencies?: Latencies;
}

/** Options of {@link runDnsperf}. */
export interface DnsperfOptions {
  readonly port: number;
  readonly questionFile: string;
  readonly seconds: number;
  /** Default `udp`. */
  readonly mode?: 'udp' | 'tcp' | 'dot';
  /** Questions a second; without it as many as the outstanding questions allow. */
  readonly rate?: number;
  /** Most questions without an answer, on all sockets together. Default 100. */
  readonly outstanding?: number;
  /** Sockets or connections. Default 8. */
  readonly clients?: number;
  /** Takes the latency of each question, which costs the asking side some time. Default false. */
  readonly latencies?: boolean;
}

/** The response codes that the questions of `writeDnsLoad` lead to. */
const expectedCodes = new Set(['NOERROR', 'NXDOMAIN']);

/** Asks 127.0.0.1 from the client's core. Throws when the server gives a response code that no question leads to. */
export async function runDnsperf(options: DnsperfOptions): Promise<DnsperfRun> {
  using folder = temporaryFolder('dnsperf');
  const outputFile = join(folder.path, 'output');
  const exitCode = await run(argsOf(options), outputFile);
  const output = readFileSync(outputFile, 'latin1');
  const end = output.slice(-2_000);
  if (exitCode !== 0) throw new Error(`dnsperf ended with ${exitCode}:\n${end}`);
  const read = (label: string): number => {
    const value = new RegExp(`${label}:\\s+([0-9.]+)`).exec(end)?.[1];
    if (value === undefined) throw new Error(`dnsperf does not say "${label}":\n${end}`);
    return Number(value);
  };
  const codes = /Response codes: (.*)/.exec(end)?.[1] ?? '';
  if ([...codes.matchAll(/([A-Z]+) \d+ \(/g)].some(([, code = '']) => !expectedCodes.has(code)))
    throw new Error(`unexpected response codes: ${codes}`);
  return {
    completed: read('Queries completed'),
    lost: read('Queries lost'),
    queriesPerSecond: read('Queries per second'),
    ...(options.latencies === true ? { latencies: readLatencies(output) } : {}),
  };
}

function argsOf({ port, questionFile, seconds, mode = 'udp', rate, outstanding = 100, clients = 8, latencies = false }: DnsperfOptions) {
  const fixed = ['-m', mode, '-s', '127.0.0.1', '-p', `${port}`, '-d', questionFile];
  const load = ['-l', `${seconds}`, '-c', `${clients}`, '-q', `${outstanding}`, '-t', '1'];
  return [...fixed, ...load, ...(rate === undefined ? [] : ['-Q', `${rate}`]), ...(latencies ? ['-v'] : []), '-O', 'suppress=timeouts'];
}

/** To a file: a pipe would have this process read, on the same core, while dnsperf measures. */
async function run(args: readonly string[], outputFile: string): Promise<number | string> {
  const output = openSync(outputFile, 'w');
  const [command, ...pin] = onClientCore;
  const child = spawn(command, [...pin, 'dnsperf', ...args], { stdio: ['ignore', output, output] });
  closeSync(output);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? signal ?? 'nothing';
  } finally {
    process.off('exit', kill);
  }
}
