import type { ZoneIndex } from '../zone/zone-index.ts';
import { durationBucketsSeconds, type ListenerCounters, type ZoneCounts } from './listener-counters.ts';
import type { CollectedMetric, Sample } from './metric-registry.ts';

/**
 * CoreDNS's request metrics, by its names and labels (`plugin` is always `etcd`, `view` empty), so that its dashboards work, and
 * those that it lacks: what is held, and what is not served or answered.
 */
export function dnsMetrics(index: ZoneIndex, listeners: () => readonly ListenerCounters[], staleSeconds: () => number): CollectedMetric[] {
  const perZone = (samplesOf: (listener: ListenerCounters, counts: ZoneCounts) => readonly Sample[]): (() => readonly Sample[]) => {
    return () => listeners().flatMap((listener) => [...listener.read()].flatMap((counts) => samplesOf(listener, counts)));
  };
  return [
    {
      name: 'coredns_dns_requests_total',
      help: 'DNS requests per server, zone, protocol, family and type.',
      type: 'counter',
      collect: perZone(({ server, protocol, family }, { zone, types }) =>
        [...types].map(([type, value]) => ({ labels: { server, zone, view: '', proto: protocol, family, type }, value })),
      ),
    },
    {
      name: 'coredns_dns_responses_total',
      help: 'DNS responses per server, zone and response code.',
      type: 'counter',
      // Two protocols share one series here, as in CoreDNS.
      collect: () =>
        summed(
          perZone(({ server }, { zone, responseCodes }) =>
            [...responseCodes].map(([rcode, value]) => ({
              labels: { server, zone, view: '', rcode, plugin: zone === 'dropped' ? '' : 'etcd' },
              value,
            })),
          )(),
        ),
    },
    {
      name: 'coredns_dns_request_duration_seconds',
      help: 'Time from reading a request to handing over its answer.',
      type: 'histogram',
      collect: () => summed(perZone(({ server }, counts) => durationSamples({ server, zone: counts.zone, view: '' }, counts))()),
    },
    {
      name: 'seamark_dns_packets_dropped_total',
      help: 'Packets and connections that got no answer, per reason.',
      type: 'counter',
      collect: () =>
        listeners().flatMap(({ server, protocol, drops }) =>
          [...drops].map(([reason, value]) => ({ labels: { server, proto: protocol, reason }, value })),
        ),
    },
    {
      name: 'seamark_dns_malformed_total',
      help: 'Queries answered with FORMERR because they cannot be read, per cause.',
      type: 'counter',
      collect: () =>
        listeners().flatMap(({ server, protocol, malformed }) =>
          [...malformed].map(([cause, value]) => ({ labels: { server, proto: protocol, cause }, value })),
        ),
    },
    gauge('seamark_dns_revision', 'Revision of the store up to which the zones are true.', () => index.revision),
    gauge('seamark_dns_stale_seconds', 'Age of the answers: 0 while the store is followed, else the time since it was lost.', staleSeconds),
    gauge('seamark_dns_names', 'Names that exist, empty non-terminals included.', () => index.stats().names),
    gauge('seamark_dns_keys', 'Stored keys that are served.', () => index.stats().keys),
    gauge('seamark_dns_unreadable_keys', 'Stored keys of which something is not served.', () => index.stats().problems),
  ];
}

function gauge(name: string, help: string, read: () => number): CollectedMetric {
  return { name, help, type: 'gauge', collect: () => [{ labels: {}, value: read() }] };
}

function durationSamples(labels: Readonly<Record<string, string>>, counts: ZoneCounts): Sample[] {
  const name = 'coredns_dns_request_duration_seconds';
  let cumulative = 0;
  const buckets = counts.durations.map((count, slot) => {
    cumulative += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(durationBucketsSeconds[slot] ?? '+Inf') }, value: cumulative };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: counts.durationSeconds },
    { metricName: `${name}_count`, labels, value: cumulative },
  ];
}

/** One sample for each set of labels. */
function summed(samples: readonly Sample[]): Sample[] {
  const sums = new Map<string, Sample>();
  for (const sample of samples) {
    const key = JSON.stringify([sample.metricName, sample.labels]);
    const before = sums.get(key);
    sums.set(key, before === undefined ? sample : { ...sample, value: before.value + sample.value });
  }
  return [...sums.values()];
}
