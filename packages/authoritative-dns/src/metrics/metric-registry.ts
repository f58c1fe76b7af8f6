import type { createMetrics } from '@seamark/common/observability';

/** A prom-client Registry. */
export type MetricRegistry = ReturnType<typeof createMetrics>;

/** One value of a metric that is read when somebody scrapes. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Name when it differs from the metric's: the `_bucket`, `_sum` and `_count` of a histogram. */
  readonly metricName?: string;
}

/** A metric whose values are plain numbers of ours, read by `collect` at each scrape: nothing is done per event. */
export interface CollectedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly collect: () => readonly Sample[];
}

/** Adds metrics to a registry; the handle takes them out again. */
export function registerCollected(registry: MetricRegistry, metrics: readonly CollectedMetric[]): Disposable {
  for (const { name, help, type, collect } of metrics) {
    const metric = {
      name,
      help,
      type,
      aggregator: 'sum',
      get: async () => ({ name, help, type, aggregator: 'sum', values: collect() }),
      reset() {},
    };
    // prom-client reads metrics through `get` alone; its types know only its own classes, which count per event.
    registry.registerMetric(metric as unknown as Parameters<MetricRegistry['registerMetric']>[0]);
  }
  return {
    [Symbol.dispose]() {
      for (const { name } of metrics) registry.removeSingleMetric(name);
    },
  };
}
