import { Histogram } from '@seamark/common/observability';

import type { MetricRegistry } from './metric-registry.ts';

/** Name, labels and buckets of a histogram. */
export interface HistogramDescription<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  readonly buckets: readonly number[];
}

/**
 * The histogram of this name in a registry, made when it is not there yet: blocks share it, and it goes on counting after a reload.
 * `undefined` without a registry.
 */
export function sharedHistogram<Label extends string>(
  registry: MetricRegistry | undefined,
  { name, help, labelNames, buckets }: HistogramDescription<Label>,
): Histogram<Label> | undefined {
  if (registry === undefined) return undefined;
  const existing = registry.getSingleMetric(name);
  if (existing instanceof Histogram) return existing;
  return new Histogram({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers: [registry] });
}
