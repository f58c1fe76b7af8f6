import { Counter } from '@seamark/common/observability';

import type { MetricRegistry } from './metric-registry.ts';

/** Name and labels of a counter. */
export interface CounterDescription<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
}

/**
 * The counter of this name in a registry, made when it is not there yet: blocks share it, and it goes on counting after a reload,
 * as CoreDNS's do. `undefined` without a registry.
 */
export function sharedCounter<Label extends string>(
  registry: MetricRegistry | undefined,
  { name, help, labelNames }: CounterDescription<Label>,
): Counter<Label> | undefined {
  if (registry === undefined) return undefined;
  const existing = registry.getSingleMetric(name);
  if (existing instanceof Counter) return existing;
  return new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });
}
