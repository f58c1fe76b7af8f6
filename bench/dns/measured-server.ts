import { openDnsClient } from '../lab/dns-client.ts';
import type { RunningProcess } from '../lab/running-process.ts';
import { hostName } from './content.ts';

/** A server under measurement, on its core. */
export interface MeasuredServer extends AsyncDisposable {
  readonly name: string;
  /** It and its descendants are the server. */
  readonly pid: number;
  /** UDP and TCP port of 127.0.0.1. */
  readonly port: number;
  /** Of DNS over TLS. */
  readonly tlsPort?: number;
}

/** Resolves when the last host of `names` is answered, asked each 5 ms, with the milliseconds since the process was started. */
export async function answeredAfterMs(process: RunningProcess, port: number, names: number, timeoutMs = 120_000): Promise<number> {
  using client = await openDnsClient(port);
  await client.waitFor(hostName(names - 1), { everyMs: 5, timeoutMs, check: () => process.mustRun() });
  return performance.now() - process.startedAtMs;
}
