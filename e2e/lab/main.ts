import { runLabCommand } from './command.ts';
import { LabError } from './lab-error.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(new LabError(`ended by ${signal}`)));
try {
  process.exitCode = await runLabCommand(process.argv.slice(2), stop.signal);
} catch (error) {
  process.stderr.write(`lab: ${error instanceof LabError ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = 1;
}
