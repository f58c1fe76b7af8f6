import { resolve } from 'node:path';
import { startProcess, type TestProcess } from '@seamark/testkit';

const main = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');

/** Starts the binary from source with this process's Node. `env` is added to an environment without Seamark's own variables. */
export function startSeamark(
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly input?: string; readonly cwd?: string } = {},
): TestProcess {
  return startProcess(process.execPath, ['--conditions=@seamark/source', main, ...args], {
    env: { CI: undefined, ETCD_URLS: undefined, KUBECONFIG: undefined, ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

/** {@link startSeamark} with the arguments of `seamark up`; resolves when every component runs, and leaves no process behind when that fails. */
export async function startRunningSeamark(
  args: readonly string[],
  options: { readonly env?: Record<string, string> } = {},
): Promise<TestProcess> {
  const started = startSeamark(['up', ...args], options);
  try {
    await started.waitForOutput(/"msg":"running:/, 60_000);
    return started;
  } catch (error) {
    await started.end('SIGKILL');
    throw error;
  }
}
