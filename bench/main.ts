import { loadavg } from 'node:os';
import { type Figure, type FigureContext, rounded, toLine } from './figure.ts';
import { bulkAllocation } from './figures/bulk-allocation.ts';
import { clusterInstall } from './figures/cluster-install.ts';
import { clusterMemory } from './figures/cluster-memory.ts';
import { clusterPropagation } from './figures/cluster-propagation.ts';
import { clusterRollingUpdate } from './figures/cluster-rolling-update.ts';
import { dnsChangeVisible } from './figures/dns-change-visible.ts';
import { dnsChangingLatency } from './figures/dns-changing-latency.ts';
import { dnsChanging } from './figures/dns-changing.ts';
import { dnsLatency } from './figures/dns-latency.ts';
import { dnsStart100k, dnsStart1m, dnsStartSnapshot } from './figures/dns-start.ts';
import { dnsDot, dnsTcp } from './figures/dns-stream.ts';
import { dnsUdpCost } from './figures/dns-udp-cost.ts';
import { idle } from './figures/idle.ts';
import { manifests10k } from './figures/manifests-10k.ts';
import { memory } from './figures/memory.ts';
import { propagation } from './figures/propagation.ts';
import { warmStart } from './figures/warm-start.ts';

/** Figures that run together under one name; those of `process` without a name. */
const groups: Readonly<Record<string, readonly Figure[]>> = {
  process: [propagation, bulkAllocation, manifests10k, idle, warmStart, memory],
  dns: [
    dnsUdpCost,
    dnsLatency,
    dnsTcp,
    dnsDot,
    dnsChanging,
    dnsStart100k,
    dnsStart1m,
    dnsStartSnapshot,
    dnsChangeVisible,
    dnsChangingLatency,
  ],
  cluster: [clusterInstall, clusterPropagation, clusterMemory, clusterRollingUpdate],
};
const figures: readonly Figure[] = Object.values(groups).flat();

const usage = `npm run bench [-- [--quick] NAME…]      default: process

Measures figures and prints one line of JSON for each. A name is that of a figure or of a group:

${Object.entries(groups)
  .map(([group, members]) => `  ${group.padEnd(10)} ${members.map(({ name }) => name).join(', ')}`)
  .join('\n')}

--quick measures DNS for a second at a time, once: enough to see that everything works.
The figures of cluster start labs (npm run lab -- --help): they need root. bench/README.md says what each measures.
`;

/** Measures the named figures, one after the other; the exit code is 1 when one could not be measured, 2 for an unknown name. */
async function main(args: readonly string[]): Promise<number> {
  const quick = args.includes('--quick');
  const names = args.filter((arg) => arg !== '--quick');
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(usage);
    return 0;
  }
  const named = (name: string): readonly Figure[] => groups[name] ?? figures.filter((figure) => figure.name === name);
  const unknown = names.filter((name) => named(name).length === 0);
  if (unknown.length > 0) {
    const known = [...Object.keys(groups), ...figures.map(({ name }) => name)];
    process.stderr.write(`bench: no such figure: ${unknown.join(', ')}; there are: ${known.join(', ')}\n`);
    return 2;
  }
  const chosen = new Set((names.length === 0 ? ['process'] : names).flatMap(named));
  let failed = 0;
  for (const figure of figures.filter((each) => chosen.has(each))) {
    const progress: FigureContext['progress'] = (text) => void process.stderr.write(`bench: ${figure.name}: ${text}\n`);
    try {
      // What others do meanwhile shows in every figure.
      const [loadAverageBefore] = loadavg();
      const measurement = await figure.measure({ progress, quick });
      const details = {
        ...measurement.details,
        loadAverageBefore: rounded(loadAverageBefore ?? 0),
        loadAverageAfter: rounded(loadavg()[0] ?? 0),
      };
      process.stdout.write(`${toLine(figure.name, { ...measurement, details })}\n`);
    } catch (error) {
      // One figure that cannot be measured must not cost the others.
      failed++;
      progress(`not measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  return failed === 0 ? 0 : 1;
}

// Each process and folder of the two sides waits for the end of this one.
process.setMaxListeners(100);
// Ends by `exit`, so that the exit hooks of the processes and folders run.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.once(signal, () => process.exit(code));
process.exit(await main(process.argv.slice(2)));
