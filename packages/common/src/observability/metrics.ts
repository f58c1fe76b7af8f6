import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { droppedLogLines } from './standard-streams.ts';

/**
 * Creates the process's metric registry with Node's own metrics, `seamark_build_info{version,component}` and
 * `seamark_log_lines_dropped_total` in it.
 */
export function createMetrics(build: { readonly version: string; readonly component: string }): Registry {
  const registry = new Registry();
  // By default the event-loop histogram wakes the process 100 times a second, for ever: most of an idle process's CPU.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1_000 });
  new Gauge({
    name: 'seamark_build_info',
    help: 'Version of Seamark; the value is always 1.',
    labelNames: ['version', 'component'],
    registers: [registry],
  })
    .labels(build.version, build.component)
    .set(1);
  registry.registerMetric(
    new Counter({
      name: 'seamark_log_lines_dropped_total',
      help: 'Lines of the log that were dropped because nobody read them.',
      registers: [],
      collect() {
        this.reset();
        this.inc(droppedLogLines());
      },
    }),
  );
  return registry;
}
