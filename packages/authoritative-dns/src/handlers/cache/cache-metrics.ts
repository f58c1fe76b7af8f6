import type { MetricRegistry } from '../../metrics/metric-registry.ts';
import { sharedCounter } from '../../metrics/shared-counter.ts';
import { sharedGauge } from '../../metrics/shared-gauge.ts';
import type { AnswerKind } from './classify.ts';

/** Counts what `cache` does, by CoreDNS's names. */
export interface CacheMetrics {
  request(): void;
  hit(kind: AnswerKind): void;
  miss(): void;
  prefetched(): void;
  servedStale(): void;
  evicted(kind: AnswerKind): void;
  entries(kind: AnswerKind, count: number): void;
}

/**
 * The metrics of one `cache` line; the label `view` is always empty. All series are there from the start: where own zones answer, which
 * are never cached, they stay 0.
 */
export function createCacheMetrics(registry: MetricRegistry | undefined, server: string, zoneList: readonly string[]): CacheMetrics {
  const zones = zoneList.join(',');
  const labelNames = ['server', 'zones', 'view'] as const;
  const perKind = ['server', 'type', 'zones', 'view'] as const;
  const counter = (name: string, help: string): { inc(value?: number): void } | undefined => {
    const series = sharedCounter(registry, { name, help, labelNames })?.labels(server, zones, '');
    series?.inc(0);
    return series;
  };
  const requests = counter('coredns_cache_requests_total', 'Questions that the cache was asked.');
  const misses = counter('coredns_cache_misses_total', 'Questions that the cache had no answer to.');
  const prefetches = counter('coredns_cache_prefetch_total', 'Answers fetched anew before they expired.');
  const stale = counter('coredns_cache_served_stale_total', 'Expired answers given.');
  // Answers to other questions never come as far as the cache; the series is there for dashboards.
  counter('coredns_cache_drops_total', 'Answers not kept because they answer another question.');
  const hits = sharedCounter(registry, {
    name: 'coredns_cache_hits_total',
    help: 'Questions answered from the cache.',
    labelNames: perKind,
  });
  const evictions = sharedCounter(registry, {
    name: 'coredns_cache_evictions_total',
    help: 'Answers that had to go for others.',
    labelNames: perKind,
  });
  const entries = sharedGauge(registry, { name: 'coredns_cache_entries', help: 'Answers in the cache.', labelNames: perKind });
  for (const kind of ['success', 'denial'] as const) {
    hits?.labels(server, kind, zones, '').inc(0);
    evictions?.labels(server, kind, zones, '').inc(0);
    entries?.labels(server, kind, zones, '').set(0);
  }
  return {
    request: () => requests?.inc(),
    miss: () => misses?.inc(),
    prefetched: () => prefetches?.inc(),
    servedStale: () => stale?.inc(),
    hit: (kind) => hits?.labels(server, kind, zones, '').inc(),
    evicted: (kind) => evictions?.labels(server, kind, zones, '').inc(),
    entries: (kind, count) => entries?.labels(server, kind, zones, '').set(count),
  };
}
