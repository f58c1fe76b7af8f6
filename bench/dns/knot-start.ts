import { temporaryFolder } from '@seamark/testkit';
import { residentMegabytes } from '../measure/process-usage.ts';
import { knot } from './peers.ts';
import { writeDnsLoad } from './questions.ts';

/** How long Knot takes to load a zone file of `names` hosts, and what it then holds; undefined where there is no Knot. */
export async function startKnotWithHosts(names: number): Promise<{ readonly seconds: number; readonly megabytes: number } | undefined> {
  if (knot.missing !== undefined) return undefined;
  using folder = temporaryFolder('bench-dns');
  const load = writeDnsLoad(folder.path, names);
  const startedAt = performance.now();
  await using server = await knot.start(load);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { seconds, megabytes: residentMegabytes(server.pid).now * 1.048_576 };
}
