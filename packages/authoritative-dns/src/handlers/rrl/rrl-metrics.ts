import type { MetricRegistry } from '../../metrics/metric-registry.ts';
import { sharedCounter } from '../../metrics/shared-counter.ts';
import type { RateVerdict, ResponseKind } from '../../respond/rate-limit/response-rate-limiter.ts';

/** Counts what is too much. */
export interface RrlCounters {
  responseExceeded(kind: ResponseKind, verdict: Exclude<RateVerdict, 'send'>): void;
  requestExceeded(): void;
}

/** The counters of coredns/rrl, without its label client_ip: forged addresses would make series without end. */
export function createRrlCounters(registry: MetricRegistry | undefined, server: string): RrlCounters {
  const responses = sharedCounter(registry, {
    name: 'coredns_rrl_responses_exceeded_total',
    help: 'Responses above the limits of rrl, per kind, and whether they were left out (drop) or sent empty with TC (slip).',
    labelNames: ['server', 'kind', 'action'],
  });
  const requests = sharedCounter(registry, {
    name: 'coredns_rrl_requests_exceeded_total',
    help: 'Requests above the limit of rrl.',
    labelNames: ['server'],
  });
  return {
    responseExceeded: (kind, verdict) => responses?.labels(server, kind, verdict).inc(),
    requestExceeded: () => requests?.labels(server).inc(),
  };
}
