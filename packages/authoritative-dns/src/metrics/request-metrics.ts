import {
  durationBucketsSeconds,
  type HistogramCounts,
  type ListenerCounters,
  sizeBucketsOctets,
  type ZoneCounts,
} from './listener-counters.ts';
import type { CollectedMetric, Sample } from './metric-registry.ts';

/**
 * CoreDNS's request metrics, by its names and labels (`view` is empty), so that its dashboards work, and what it lacks: what is
 * not answered, and what is malformed.
 */
export function requestMetrics(listeners: () => readonly ListenerCounters[]): CollectedMetric[] {
  const perZone = (samplesOf: (listener: ListenerCounters, counts: ZoneCounts) => readonly Sample[]): (() => readonly Sample[]) => {
    return () => summed(listeners().flatMap((listener) => [...listener.read()].flatMap((counts) => samplesOf(listener, counts))));
  };
  const sizes = (name: string, help: string, of: (counts: ZoneCounts) => HistogramCounts): CollectedMetric => ({
    name,
    help,
    type: 'histogram',
    collect: perZone(({ server, protocol }, counts) =>
      histogram(name, { server, zone: counts.zone, view: '', proto: protocol }, of(counts), sizeBucketsOctets),
    ),
  });
  const duration = 'coredns_dns_request_duration_seconds';
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
      help: 'DNS responses per server, zone, response code and directive.',
      type: 'counter',
      collect: perZone(({ server }, { zone, responses }) =>
        [...responses].flatMap(([plugin, codes]) =>
          [...codes].map(([rcode, value]) => ({ labels: { server, zone, view: '', rcode, plugin }, value })),
        ),
      ),
    },
    {
      name: duration,
      help: 'Time from reading a request to handing over its answer.',
      type: 'histogram',
      collect: perZone(({ server }, { zone, durations }) =>
        histogram(duration, { server, zone, view: '' }, durations, durationBucketsSeconds),
      ),
    },
    sizes('coredns_dns_request_size_bytes', 'Octets of requests.', ({ querySizes }) => querySizes),
    sizes('coredns_dns_response_size_bytes', 'Octets of responses.', ({ answerSizes }) => answerSizes),
    {
      name: 'coredns_dns_do_requests_total',
      help: 'DNS requests with DO.',
      type: 'counter',
      collect: perZone(({ server }, { zone, dnssecOk }) =>
        dnssecOk === 0 ? [] : [{ labels: { server, zone, view: '' }, value: dnssecOk }],
      ),
    },
    {
      name: 'coredns_dns_https_responses_total',
      help: 'Responses over HTTPS per status.',
      type: 'counter',
      collect: () =>
        summed(
          listeners().flatMap(({ server, httpStatuses }) =>
            [...httpStatuses].map(([status, value]) => ({ labels: { server, status: String(status) }, value })),
          ),
        ),
    },
    {
      name: 'seamark_dns_compiled_answers_total',
      help: 'Answers that were compiled ahead, so that no handler was asked.',
      type: 'counter',
      collect: () =>
        summed(
          listeners().map(({ server, protocol, family, compiledAnswers }) => ({
            labels: { server, proto: protocol, family },
            value: compiledAnswers,
          })),
        ),
    },
    {
      name: 'seamark_dns_packets_dropped_total',
      help: 'Packets and connections that got no answer, per reason.',
      type: 'counter',
      collect: () =>
        summed(
          listeners().flatMap(({ server, protocol, drops }) =>
            [...drops].map(([reason, value]) => ({ labels: { server, proto: protocol, reason }, value })),
          ),
        ),
    },
    {
      name: 'seamark_dns_malformed_total',
      help: 'Queries answered with FORMERR because they cannot be read, per cause.',
      type: 'counter',
      collect: () =>
        summed(
          listeners().flatMap(({ server, protocol, malformed }) =>
            [...malformed].map(([cause, value]) => ({ labels: { server, proto: protocol, cause }, value })),
          ),
        ),
    },
  ];
}

function histogram(
  name: string,
  labels: Readonly<Record<string, string>>,
  { buckets, sum }: HistogramCounts,
  bounds: readonly number[],
): Sample[] {
  let cumulative = 0;
  const samples: Sample[] = buckets.map((count, slot) => {
    cumulative += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bounds[slot] ?? '+Inf') }, value: cumulative };
  });
  samples.push({ metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: cumulative });
  return samples;
}

/** One sample for each set of labels: several sockets share the series of their server, as in CoreDNS. */
function summed(samples: readonly Sample[]): Sample[] {
  const sums = new Map<string, Sample>();
  for (const sample of samples) {
    const key = JSON.stringify([sample.metricName, sample.labels]);
    const before = sums.get(key);
    sums.set(key, before === undefined ? sample : { ...sample, value: before.value + sample.value });
  }
  return [...sums.values()];
}
