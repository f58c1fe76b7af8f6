import { type Component, runComponents } from '@seamark/common/controller';
import type { Runtime } from './compose/runtime.ts';

/**
 * Runs components until SIGINT or SIGTERM, then stops them gracefully. A second signal ends the process at once. `onRunning` is
 * called when all of them run. Rejects with the error of a component that could not start.
 */
export async function runProcess(runtime: Runtime, components: readonly Component[], onRunning: () => void): Promise<void> {
  const stop = new AbortController();
  let running = false;
  runtime.readiness.set('components', () => (stop.signal.aborted ? 'stopping' : running ? undefined : 'starting'));
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(130);
    runtime.logger.info(`${signal}: stopping`);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    await runComponents({
      components,
      signal: stop.signal,
      logger: runtime.logger,
      onRunning: () => {
        running = true;
        onRunning();
      },
    });
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
