import { earliestExpirySeconds } from '@seamark/common/observability';

import type { ListenerCounters } from '../metrics/listener-counters.ts';
import type { CollectedMetric, Sample } from '../metrics/metric-registry.ts';
import { requestMetrics } from '../metrics/request-metrics.ts';
import type { CorefileVersion } from './corefile-version.ts';
import { formatListenerKey, listenersOf } from './listener-key.ts';

/** What the metrics of a server read. */
export interface ServerMetricSources {
  readonly counters: () => readonly ListenerCounters[];
  readonly version: () => CorefileVersion | undefined;
  readonly faults: () => number;
  readonly failedReloads: () => number;
  /** Version and commit of Seamark. */
  readonly build: { readonly version: string; readonly revision?: string };
}

/** CoreDNS's metrics of a server as a whole; those of directives come with the directives. */
export function serverMetrics(sources: ServerMetricSources): CollectedMetric[] {
  const { version, revision = '' } = sources.build;
  return [
    ...requestMetrics(sources.counters),
    {
      name: 'coredns_build_info',
      help: 'Version of the server; goversion is that of Node.',
      type: 'gauge',
      collect: () => [{ labels: { version, revision, goversion: process.version }, value: 1 }],
    },
    {
      name: 'seamark_dns_certificate_expiry_timestamp_seconds',
      help: 'Unix time at which the certificate in use ends, or the first of those that are sent with it.',
      type: 'gauge',
      collect: () => certificateSamples(sources.version()),
    },
    {
      name: 'coredns_panics_total',
      help: 'Faults of handlers; each question got SERVFAIL.',
      type: 'counter',
      collect: () => [{ labels: {}, value: sources.faults() }],
    },
    {
      name: 'coredns_plugin_enabled',
      help: 'Directives with a handler, per server and zone.',
      type: 'gauge',
      collect: () => (sources.version()?.blocks ?? []).filter(({ parts }) => parts.has('prometheus')).flatMap(pluginSamples),
    },
    {
      name: 'coredns_reload_failed_total',
      help: 'Changed Corefiles that could not be used.',
      type: 'counter',
      collect: () => [{ labels: {}, value: sources.failedReloads() }],
    },
    {
      name: 'coredns_reload_version_info',
      help: 'Digest of the Corefile in use.',
      type: 'gauge',
      collect: () => {
        const current = sources.version();
        return current === undefined ? [] : [{ labels: { hash: 'sha512', value: current.digest }, value: 1 }];
      },
    },
  ];
}

function certificateSamples(version: CorefileVersion | undefined): Sample[] {
  const byServer = new Map<string, number>();
  for (const { keys, listen } of version?.blocks ?? []) {
    const expirySeconds = listen.tls === undefined ? undefined : earliestExpirySeconds(String(listen.tls.material.current.cert));
    if (expirySeconds === undefined) continue;
    for (const key of keys.filter(({ scheme }) => scheme !== 'dns')) {
      for (const listener of listenersOf(key, listen)) byServer.set(formatListenerKey(listener), expirySeconds);
    }
  }
  return [...byServer].map(([server, value]) => ({ labels: { server }, value }));
}

function pluginSamples({ keys, listen, parts }: CorefileVersion['blocks'][number]) {
  const names = [...parts].filter(([, part]) => part.handler !== undefined).map(([name]) => name);
  return keys.flatMap((key) =>
    listenersOf(key, listen).flatMap((listener) =>
      [...names, 'prometheus'].map((name) => ({
        labels: { server: formatListenerKey(listener), zone: key.zone, view: '', name },
        value: 1,
      })),
    ),
  );
}
