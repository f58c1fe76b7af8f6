import { type Figure, type FigureContext, toLine } from './figure.ts';
import { bulkAllocation } from './figures/bulk-allocation.ts';
import { idle } from './figures/idle.ts';
import { manifests10k } from './figures/manifests-10k.ts';
import { memory } from './figures/memory.ts';
import { propagation } from './figures/propagation.ts';
import { warmStart } from './figures/warm-start.ts';

const figures: readonly Figure[] = [propagation, bulkAllocation, manifests10k, idle, warmStart, memory];

/** Measures the named figures (all without names), one after the other; the exit code is 1 when one could not be measured. */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !figures.some((figure) => figure.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`bench: no such figure: ${unknown.join(', ')}; there are: ${figures.map((figure) => figure.name).join(', ')}\n`);
    return 2;
  }
  let failed = 0;
  for (const figure of names.length === 0 ? figures : figures.filter(({ name }) => names.includes(name))) {
    const progress: FigureContext['progress'] = (text) => void process.stderr.write(`bench: ${figure.name}: ${text}\n`);
    try {
      process.stdout.write(`${toLine(figure.name, await figure.measure({ progress }))}\n`);
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
