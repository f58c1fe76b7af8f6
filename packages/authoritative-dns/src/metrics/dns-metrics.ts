import type { FaultLog } from '../respond/fault-log.ts';
import type { SkydnsZones } from '../zone/skydns/index.ts';
import type { ListenerCounters } from './listener-counters.ts';
import type { CollectedMetric } from './metric-registry.ts';
import { requestMetrics } from './request-metrics.ts';

/** {@link requestMetrics}, faults, and what the zones hold and do not serve. */
export function dnsMetrics(
  zones: SkydnsZones,
  faults: FaultLog,
  listeners: () => readonly ListenerCounters[],
  staleSeconds: () => number,
): CollectedMetric[] {
  return [
    ...requestMetrics(listeners),
    {
      name: 'coredns_panics_total',
      help: 'Faults of handlers, whose questions got SERVFAIL.',
      type: 'counter',
      collect: () => [{ labels: {}, value: faults.count }],
    },
    gauge('seamark_dns_revision', 'Revision of the last change in the zones, which is their serial.', () => zones.revision),
    gauge('seamark_dns_stale_seconds', 'Age of the answers: 0 while the store is followed, else the time since it was lost.', staleSeconds),
    gauge('seamark_dns_names', 'Names that exist, empty non-terminals included.', () => zones.stats().names),
    gauge('seamark_dns_keys', 'Stored keys that are served.', () => zones.stats().keys),
    gauge('seamark_dns_unreadable_keys', 'Stored keys of which something is not served.', () => zones.stats().problems),
  ];
}

function gauge(name: string, help: string, read: () => number): CollectedMetric {
  return { name, help, type: 'gauge', collect: () => [{ labels: {}, value: read() }] };
}
