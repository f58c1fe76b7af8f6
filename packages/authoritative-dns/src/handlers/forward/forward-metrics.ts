import { responseCodeName } from '../../wire/protocol-codes.ts';
import type { MetricRegistry } from '../../metrics/metric-registry.ts';
import { sharedCounter } from '../../metrics/shared-counter.ts';
import { sharedHistogram } from '../../metrics/shared-histogram.ts';
import type { ExchangeKind } from './exchange.ts';

const proxyName = 'forward';

/** Seconds: CoreDNS's buckets, 0.25 ms doubled up to 8.192 s. */
const durationBucketsSeconds = Array.from({ length: 16 }, (_, slot) => 0.00025 * 2 ** slot);

/** Counts what `forward` does, by CoreDNS's names. */
export interface ForwardMetrics {
  answered(to: string, responseCode: number, seconds: number): void;
  healthCheckFailed(to: string): void;
  /** All upstreams of a line count as down. */
  healthCheckBroken(): void;
  tooManyQuestions(): void;
  connectionKept(to: string, kind: ExchangeKind): void;
  connectionMade(to: string, kind: ExchangeKind): void;
}

/** The metrics in a registry, or ones that count for nobody. */
export function createForwardMetrics(registry: MetricRegistry | undefined): ForwardMetrics {
  const duration = sharedHistogram(registry, {
    name: 'coredns_proxy_request_duration_seconds',
    help: 'Time until an upstream answered.',
    labelNames: ['proxy_name', 'to', 'rcode'],
    buckets: durationBucketsSeconds,
  });
  const failures = sharedCounter(registry, {
    name: 'coredns_proxy_healthcheck_failures_total',
    help: 'Health checks that an upstream did not answer.',
    labelNames: ['proxy_name', 'to'],
  });
  const broken = sharedCounter(registry, {
    name: 'coredns_forward_healthcheck_broken_total',
    help: 'Times that all upstreams counted as down.',
    labelNames: [],
  });
  const rejects = sharedCounter(registry, {
    name: 'coredns_forward_max_concurrent_rejects_total',
    help: 'Questions refused because too many waited for upstreams.',
    labelNames: [],
  });
  const connectionLabels = ['proxy_name', 'to', 'proto'] as const;
  const hits = sharedCounter(registry, {
    name: 'coredns_proxy_conn_cache_hits_total',
    help: 'Questions sent over an open connection to an upstream.',
    labelNames: connectionLabels,
  });
  const misses = sharedCounter(registry, {
    name: 'coredns_proxy_conn_cache_misses_total',
    help: 'Questions that opened a connection or socket to an upstream.',
    labelNames: connectionLabels,
  });
  return {
    answered: (to, responseCode, seconds) => duration?.labels(proxyName, to, responseCodeName(responseCode)).observe(seconds),
    healthCheckFailed: (to) => failures?.labels(proxyName, to).inc(),
    healthCheckBroken: () => broken?.inc(),
    tooManyQuestions: () => rejects?.inc(),
    connectionKept: (to, kind) => hits?.labels(proxyName, to, kind).inc(),
    connectionMade: (to, kind) => misses?.labels(proxyName, to, kind).inc(),
  };
}
