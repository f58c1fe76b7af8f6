import { SeamarkError, messageOf } from '../errors/index.ts';
import type { Logger } from '../observability/logger.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Component } from './component.ts';

/** Where one component stands. */
export type ComponentState =
  | { readonly phase: 'waiting' }
  | { readonly phase: 'starting' }
  | { readonly phase: 'running' }
  | { readonly phase: 'failed'; readonly error: unknown }
  | { readonly phase: 'stopped' };

/** Options of {@link runComponents}. */
export interface RunComponentsOptions {
  readonly components: readonly Component[];
  /** Asks for the end. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Time that one component has to stop. Default 10,000 ms. */
  readonly stopTimeoutMs?: number;
  readonly clock?: Clock;
  /** Called once when every component runs. */
  readonly onRunning?: () => void;
  readonly onState?: (name: string, state: ComponentState) => void;
}

/**
 * Starts components, each as soon as those it depends on run (independent ones at the same time), waits for the signal, and stops
 * them in the opposite order. A component that cannot start ends the others and rejects with its error; a component that does
 * not stop in time is reported (SM_STOP_TIMEOUT) and left behind, so that the rest still stops gracefully.
 */
export async function runComponents(options: RunComponentsOptions): Promise<void> {
  const { components, logger } = options;
  const byName = new Map(components.map((component) => [component.name, component]));
  for (const component of components) checkDependencies(component, byName, []);

  const halt = new AbortController();
  const onAbort = (): void => halt.abort();
  if (options.signal.aborted) halt.abort();
  else options.signal.addEventListener('abort', onAbort, { once: true });

  const started = new Map<string, Promise<boolean>>();
  let failure: { error: unknown } | undefined;
  const startOne = async (component: Component): Promise<boolean> => {
    options.onState?.(component.name, { phase: 'waiting' });
    const dependencies = await Promise.all((component.dependsOn ?? []).map((name) => started.get(name) ?? Promise.resolve(false)));
    if (halt.signal.aborted || dependencies.includes(false)) return false;
    options.onState?.(component.name, { phase: 'starting' });
    try {
      await component.start(halt.signal);
      options.onState?.(component.name, { phase: 'running' });
      return true;
    } catch (error) {
      options.onState?.(component.name, { phase: 'failed', error });
      if (!halt.signal.aborted) {
        failure ??= { error };
        halt.abort();
      }
      return false;
    }
  };
  for (const component of inDependencyOrder(components, byName)) started.set(component.name, startOne(component));
  const running = new Map<string, boolean>();
  for (const [name, promise] of started) running.set(name, await promise);

  if (!halt.signal.aborted) {
    options.onRunning?.();
    if (!halt.signal.aborted) await new Promise<void>((resolve) => halt.signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  options.signal.removeEventListener('abort', onAbort);

  const stopped = new Map<string, Promise<void>>();
  for (const component of inDependencyOrder(components, byName).toReversed()) {
    const dependents = components.filter((other) => other.dependsOn?.includes(component.name) === true);
    stopped.set(
      component.name,
      Promise.all(dependents.map((other) => stopped.get(other.name) ?? Promise.resolve())).then(async () => {
        // A component that failed to start may hold resources too; stop is idempotent by contract.
        await stopOne(component, options);
        options.onState?.(component.name, { phase: 'stopped' });
      }),
    );
  }
  await Promise.all(stopped.values());
  if (failure !== undefined) throw failure.error;
  logger.debug('all components have stopped');
}

async function stopOne(component: Component, options: RunComponentsOptions): Promise<void> {
  const clock = options.clock ?? systemClock;
  const timeoutMs = options.stopTimeoutMs ?? 10_000;
  let timer: Disposable | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = clock.schedule(timeoutMs, () =>
      reject(new SeamarkError('SM_STOP_TIMEOUT', `${component.name} did not stop within ${timeoutMs} ms`)),
    );
  });
  try {
    await Promise.race([component.stop(), timeout]);
  } catch (error) {
    options.logger.error(`stopping ${component.name}: ${messageOf(error)}`, { err: error });
  } finally {
    timer?.[Symbol.dispose]();
  }
}

function inDependencyOrder(components: readonly Component[], byName: ReadonlyMap<string, Component>): Component[] {
  const ordered = new Set<Component>();
  const visit = (component: Component): void => {
    if (ordered.has(component)) return;
    for (const name of component.dependsOn ?? []) visit(byName.get(name) as Component);
    ordered.add(component);
  };
  for (const component of components) visit(component);
  return [...ordered];
}

function checkDependencies(component: Component, byName: ReadonlyMap<string, Component>, path: readonly string[]): void {
  if (path.includes(component.name))
    throw new SeamarkError('SM_START_FAILED', `components depend on each other in a circle: ${[...path, component.name].join(' → ')}`);
  for (const name of component.dependsOn ?? []) {
    const dependency = byName.get(name);
    if (dependency === undefined) throw new SeamarkError('SM_START_FAILED', `${component.name} depends on ${name}, which does not exist`);
    checkDependencies(dependency, byName, [...path, component.name]);
  }
}
