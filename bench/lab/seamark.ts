import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { freePort, temporaryFolder } from '@seamark/testkit';
import { type RunningProcess, startProgram } from './running-process.ts';

/** The checkout. */
export const checkout = resolve(import.meta.dirname, '../..');
/** The built product. */
export const program = resolve(checkout, 'packages/cli/dist/main.js');

/** The product under measurement. */
export interface Seamark extends AsyncDisposable {
  readonly process: RunningProcess;
  /** UDP and TCP port of 127.0.0.1 where DNS is answered. */
  readonly dnsPort: number;
}

/**
 * Starts the built product (`seamark COMMAND …`) with DNS on a free port, its data in a folder that goes with it and no metrics port.
 * Resolves at once: what a figure waits for, it observes itself.
 */
export async function startSeamark(args: readonly string[], command: 'up' | 'lb-controller' = 'up'): Promise<Seamark> {
  if (!existsSync(program)) throw new Error(`${program} is not built`);
  const folder = temporaryFolder('bench-data');
  const dnsPort = await freePort();
  const own = command === 'up' ? [`--dns-listen=127.0.0.1:${dnsPort}`, `--data-dir=${folder.path}`] : [];
  const started = startProgram(process.execPath, [program, command, ...args, ...own, '--metrics-address=none'], {
    // As `npm start` does.
    env: { NODE_COMPILE_CACHE: resolve(checkout, 'node_modules/.cache/compiled') },
  });
  return {
    process: started,
    dnsPort,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
