import { type Component, runComponents } from '@seamark/common/controller';
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from './compose/runtime.ts';

/** Options of {@link runProcess}. */
export interface RunProcessOptions {
  /** Called when all components run. */
  readonly onRunning: () => void;
  /** How long they go on after SIGTERM, with /readyz at 503, before they are stopped. Default 0. */
  readonly lameDuckMs?: number;
  /** Stops them at once when aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Runs components until SIGINT or SIGTERM, then stops them gracefully. A second signal ends the process at once. Rejects with the
 * error of a component that could not start.
 */
export async function runProcess(runtime: Runtime, components: readonly Component[], options: RunProcessOptions): Promise<void> {
  const { lameDuckMs = 0 } = options;
  const stop = new AbortController();
  let running = false;
  let leaving = false;
  runtime.readiness.set('components', () => (leaving || stop.signal.aborted ? 'stopping' : running ? undefined : 'starting'));
  const onSignal = (signal: NodeJS.Signals): void => {
    if (leaving) process.exit(130);
    leaving = true;
    if (signal === 'SIGINT' || lameDuckMs === 0 || !running) {
      runtime.logger.info(`${signal}: stopping`);
      stop.abort();
      return;
    }
    // kube-proxy moves clients that keep their source port only when the pod is no longer ready, which is after it was told to end.
    runtime.logger.info(`${signal}: going on for ${lameDuckMs / 1000} s without being ready, then stopping`);
    void delay(lameDuckMs, undefined, { signal: stop.signal }).then(
      () => stop.abort(),
      () => undefined,
    );
  };
  const onAbort = (): void => stop.abort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    await runComponents({
      components,
      signal: stop.signal,
      logger: runtime.logger,
      onRunning: () => {
        running = true;
        options.onRunning();
      },
    });
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
