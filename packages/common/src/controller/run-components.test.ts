import { createSteppedClock } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../observability/create-logger.ts';
import type { Component } from './component.ts';
import { runComponents } from './run-components.ts';

function recorder() {
  const log: string[] = [];
  const component = (name: string, dependsOn: readonly string[] = [], behaviour: Partial<Component> = {}): Component => ({
    name,
    dependsOn,
    start: async () => void log.push(`start ${name}`),
    stop: async () => void log.push(`stop ${name}`),
    ...behaviour,
  });
  return { log, component };
}

describe('running components', () => {
  it('starts after dependencies and stops before them', async () => {
    const { log, component } = recorder();
    const stop = new AbortController();
    await runComponents({
      components: [component('dns', ['store']), component('sync', ['cluster', 'store']), component('cluster'), component('store')],
      signal: stop.signal,
      logger: silentLogger,
      onRunning: () => stop.abort(),
    });
    const at = (entry: string): number => log.indexOf(entry);
    expect(at('start store')).toBeLessThan(at('start dns'));
    expect(at('start cluster')).toBeLessThan(at('start sync'));
    expect(at('stop sync')).toBeLessThan(at('stop cluster'));
    expect(at('stop dns')).toBeLessThan(at('stop store'));
    expect(log).toHaveLength(8);
  });

  it('a component that cannot start ends the others and its error is thrown', async () => {
    const { log, component } = recorder();
    const failing = component('dns', [], {
      start: async () => {
        throw new Error('port in use');
      },
    });
    const run = runComponents({
      components: [component('store'), failing, component('sync', ['dns'])],
      signal: new AbortController().signal,
      logger: silentLogger,
    });
    await expect(run).rejects.toThrow('port in use');
    expect(log).toContain('stop store');
    expect(log).not.toContain('start sync');
  });

  it('aborts a start that is still under way when the process is asked to stop', async () => {
    const { component } = recorder();
    const stop = new AbortController();
    const waiting = component('waiting', [], {
      start: (signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    const run = runComponents({ components: [waiting], signal: stop.signal, logger: silentLogger });
    stop.abort();
    await expect(run).resolves.toBeUndefined();
  });

  it('leaves a component behind that does not stop in time, and stops the rest', async () => {
    const { log, component } = recorder();
    const clock = createSteppedClock();
    const stop = new AbortController();
    const stuck = component('stuck', ['store'], {
      stop: () => {
        setImmediate(() => void clock.advance(1_000));
        return new Promise(() => undefined);
      },
    });
    await runComponents({
      components: [component('store'), stuck],
      signal: stop.signal,
      logger: silentLogger,
      clock,
      stopTimeoutMs: 1_000,
      onRunning: () => stop.abort(),
    });
    expect(log).toContain('stop store');
  });

  it.each([
    [
      [
        ['a', ['b']],
        ['b', ['a']],
      ],
      'in a circle: a → b → a',
    ],
    [[['a', ['missing']]], 'a depends on missing, which does not exist'],
  ] as const)('refuses %j', async (graph, message) => {
    const { component } = recorder();
    const components = graph.map(([name, dependsOn]) => component(name, dependsOn));
    await expect(runComponents({ components, signal: new AbortController().signal, logger: silentLogger })).rejects.toThrow(message);
  });
});
