import { Gauge } from '@seamark/common/observability';

import type { CounterDescription } from './shared-counter.ts';
import type { MetricRegistry } from './metric-registry.ts';

/** The gauge of this name in a registry, made when it is not there yet. `undefined` without a registry. */
export function sharedGauge<Label extends string>(
  registry: MetricRegistry | undefined,
  { name, help, labelNames }: CounterDescription<Label>,
): Gauge<Label> | undefined {
  if (registry === undefined) return undefined;
  const existing = registry.getSingleMetric(name);
  if (existing instanceof Gauge) return existing;
  return new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
}
