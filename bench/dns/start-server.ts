import { freePort } from '@seamark/testkit';
import { pause } from '../lab/pause.ts';
import { residentMegabytes } from '../measure/process-usage.ts';
import { treeNanoseconds } from '../measure/process-tree.ts';
import { answeredAfterMs } from './measured-server.ts';
import { startSeamarkServer, type SeamarkServerOptions } from './seamark-server.ts';

/** A start of our server. */
export interface Start {
  /** From the start of the process until the last host was answered. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Resident, of 10⁶ octets: after ten seconds of rest, and the most so far. */
  readonly megabytes: number;
  readonly peakMegabytes: number;
}

/** Starts the server, waits until it answers the last of `names` hosts, and ends it. */
export async function measureStart(options: SeamarkServerOptions, names: number, restMs = 10_000): Promise<Start> {
  await using server = await startSeamarkServer(options);
  const milliseconds = await answeredAfterMs(server.process, server.port, names);
  const cpu = treeNanoseconds(server.pid);
  await pause(restMs);
  server.process.mustRun();
  const { now, peak } = residentMegabytes(server.pid);
  return { seconds: milliseconds / 1_000, cpuSeconds: cpu / 1e9, megabytes: now * 1.048_576, peakMegabytes: peak * 1.048_576 };
}

/** An endpoint where no etcd is. */
export async function nowhere(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}
