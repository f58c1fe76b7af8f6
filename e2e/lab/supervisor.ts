import { decide, type LabOptions } from './lab-options.ts';
import { claimLabFolder, labFolder } from './lab-record.ts';
import { LabError } from './lab-error.ts';
import { serveControl } from './control-socket.ts';
import { RunningLab } from './running-lab.ts';
import { join } from 'node:path';

/** What the supervisor is started with, as JSON in its first argument. */
export interface SupervisorArguments {
  readonly options: LabOptions;
  /** The lab ends when standard input does: with the process that holds its other end, however that ended. */
  readonly attached: boolean;
}

/** What the supervisor says on standard output, a line of JSON each. */
export type SupervisorMessage =
  | { readonly kind: 'progress'; readonly step: string }
  | { readonly kind: 'up'; readonly name: string }
  | { readonly kind: 'failed'; readonly message: string };

const { options, attached } = JSON.parse(process.argv[2] ?? '') as SupervisorArguments;

// Whoever started us may be gone: then there is nobody to tell.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
const say = (message: SupervisorMessage): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

let lab: RunningLab | undefined;
let stopping: Promise<void> | undefined;

function stop(): Promise<void> {
  stopping ??= (lab?.stop() ?? Promise.resolve()).catch((error: unknown) => void process.stderr.write(`${String(error)}\n`));
  return stopping;
}

async function stopAndExit(): Promise<void> {
  await stop();
  process.exit();
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stopAndExit());
if (attached) {
  process.stdin.resume();
  for (const event of ['end', 'close', 'error'] as const) process.stdin.on(event, () => void stopAndExit());
}

try {
  const decided = decide(options);
  const folder = labFolder(decided.name);
  if (!claimLabFolder(decided.name))
    throw new LabError(`there is a lab ${decided.name} already (npm run lab -- down --name ${decided.name} ends it)`);
  const running = new RunningLab(decided);
  lab = running;
  await running.start((step) => say({ kind: 'progress', step }));
  await serveControl(join(folder, 'control.sock'), async (method, args) => {
    if (method === 'stop') {
      await stop();
      // The answer is on its way before the process ends.
      setTimeout(() => process.exit(), 50);
      return undefined;
    }
    const act = running[method].bind(running) as (...given: readonly unknown[]) => Promise<unknown>;
    return act(...args);
  });
  say({ kind: 'up', name: decided.name });
} catch (error) {
  if (stopping === undefined)
    say({ kind: 'failed', message: error instanceof LabError ? error.message : String(error instanceof Error ? error.stack : error) });
  process.exitCode = 1;
  await stopAndExit();
}
