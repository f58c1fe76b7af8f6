import { freePort, temporaryFolder } from '@seamark/testkit';
import { type Figure, rounded } from '../figure.ts';
import { exampleNames } from '../lab/examples.ts';
import { openDnsClient } from '../lab/dns-client.ts';
import { startProgram } from '../lab/running-process.ts';
import { checkout } from '../lab/seamark.ts';
import { percentile } from '../measure/percentile.ts';

const runs = 5;
/** What the Service of the first example name asks for. */
const pinnedAddress = '192.0.2.141';

/** `npm start` when everything is installed and compiled: until the first answer to a question that is asked from the beginning. */
export const warmStart: Figure = {
  name: 'warm-start',
  async measure({ progress }) {
    progress('npm start, once unmeasured so that it is warm');
    await startOnce();
    const seconds: number[] = [];
    for (let run = 1; run <= runs; run++) {
      seconds.push(await startOnce());
      progress(`${run} of ${runs}: ${rounded(seconds.at(-1) ?? 0)} s`);
    }
    const median = percentile(seconds, 50);
    return {
      ours: median,
      peer: null,
      unit: 's, median',
      target: '≤ 1.5 s',
      met: median <= 1.5,
      details: { runs, seconds: seconds.map(rounded) },
    };
  },
};

async function startOnce(): Promise<number> {
  using data = temporaryFolder('bench-start');
  const port = await freePort();
  using dns = await openDnsClient(port);
  await using started = startProgram(
    'npm',
    ['start', '--', `--data-dir=${data.path}`, `--dns-listen=127.0.0.1:${port}`, '--metrics-address=none'],
    { cwd: checkout },
  );
  const address = await dns.waitFor(exampleNames[0], { everyMs: 5, timeoutMs: 60_000, check: () => started.mustRun() });
  const seconds = (performance.now() - started.startedAtMs) / 1_000;
  if (address !== pinnedAddress) throw new Error(`${exampleNames[0]} was answered with ${address}, its Service asks for ${pinnedAddress}`);
  return seconds;
}
