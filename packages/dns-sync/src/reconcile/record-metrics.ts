import { Counter, Gauge, Histogram, type Registry } from '@seamark/common/observability';
import type { DesiredIndex } from './desired-index.ts';
import type { NameResult } from './name-synchronizer.ts';
import type { PublishedRecords } from './published-records.ts';

/** What the metrics read when they are scraped; each costs nothing to read. */
export interface RecordMetricsSources {
  readonly desired: Pick<DesiredIndex, 'counts'>;
  readonly published: Pick<PublishedRecords, 'counts'>;
  readonly storedKeys: () => number;
  readonly queueLength: () => number;
  /** Error code of the last try, of each name that could not be written; empty on a standby. */
  readonly failures: () => Iterable<string>;
  /** True while the copy of the store is a true one. */
  readonly connected: () => boolean;
}

/** The metrics of dns-sync; `external_dns_*` where ExternalDNS has one of the same meaning. */
export interface RecordMetrics {
  onResult(result: NameResult, latencySeconds: number | undefined): void;
  onConflict(): void;
  onFailure(): void;
  onDrift(): void;
}

/** Registers the metrics. Gauges are counted when they are scraped. */
export function createRecordMetrics(registry: Registry, sources: RecordMetricsSources): RecordMetrics {
  const registers = [registry];
  gauge(registry, 'external_dns_source_endpoints_total', 'Endpoints that all sources ask for, after filters.', () =>
    sumOf(sources.desired.counts()),
  );
  gaugeByType(registry, 'external_dns_source_records', 'Endpoints that all sources ask for, after filters, by record type.', () =>
    sources.desired.counts(),
  );
  gaugeByType(
    registry,
    'external_dns_controller_verified_records',
    'Records that sources ask for and that stand in the store as ours, by record type.',
    () => sources.published.counts(),
  );
  gauge(registry, 'seamark_dns_sync_store_keys', 'Keys below the prefix, whosever they are.', sources.storedKeys);
  gauge(registry, 'seamark_dns_sync_queue_length', 'Names waiting to be planned.', sources.queueLength);
  gauge(registry, 'seamark_dns_sync_store_connected', '1 while the store can be followed, 0 while it cannot.', () =>
    sources.connected() ? 1 : 0,
  );
  failedNames(registry, sources.failures);
  const lastSync = new Gauge({
    name: 'external_dns_controller_last_sync_timestamp_seconds',
    help: 'Unix time of the last name brought to its wanted state.',
    registers,
  });
  const noOps = new Counter({ name: 'external_dns_controller_no_op_runs_total', help: 'Plans of a name that changed nothing.', registers });
  const failures = new Counter({ name: 'external_dns_registry_errors_total', help: 'Writes of a name that failed.', registers });
  const changes = new Counter({
    name: 'seamark_dns_sync_changes_total',
    help: 'Records written, by what was done to them.',
    labelNames: ['action', 'record_type'] as const,
    registers,
  });
  const conflicts = new Counter({
    name: 'seamark_dns_sync_conflicts_total',
    help: 'Writes that found the name changed by somebody else and were planned again.',
    registers,
  });
  const drift = new Counter({
    name: 'seamark_dns_sync_foreign_changes_total',
    help: 'Names of which somebody else changed a key.',
    registers,
  });
  const latency = new Histogram({
    name: 'seamark_dns_sync_publish_latency_seconds',
    help: 'From the change of an object to its records standing in the store.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  return {
    onResult(result, latencySeconds) {
      lastSync.setToCurrentTime();
      if (latencySeconds !== undefined) latency.observe(latencySeconds);
      if (!result.written) {
        noOps.inc();
        return;
      }
      for (const endpoint of result.created) changes.labels('create', endpoint.recordType).inc();
      for (const endpoint of result.updated) changes.labels('update', endpoint.recordType).inc();
      for (const endpoint of result.removed) changes.labels('delete', endpoint.recordType).inc();
    },
    onConflict: () => conflicts.inc(),
    onFailure: () => failures.inc(),
    onDrift: () => drift.inc(),
  };
}

/** A gauge that is read when it is scraped. */
function gauge(registry: Registry, name: string, help: string, read: () => number): Gauge {
  return new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** The same with one value a record type. */
function gaugeByType(registry: Registry, name: string, help: string, read: () => ReadonlyMap<string, number>): Gauge<'record_type'> {
  return new Gauge({
    name,
    help,
    labelNames: ['record_type'] as const,
    registers: [registry],
    collect() {
      for (const [type, count] of read()) this.labels(type.toLowerCase()).set(count);
    },
  });
}

/** Names by the error of their last try. An error that has passed stays as 0, so that its end is seen. */
function failedNames(registry: Registry, failures: () => Iterable<string>): void {
  const codes = new Set<string>();
  registry.registerMetric(
    new Gauge({
      name: 'seamark_dns_sync_failed_names',
      help: 'Names whose records could not be written at the last try, by error code.',
      labelNames: ['code'],
      registers: [],
      collect() {
        const counts = new Map<string, number>();
        for (const code of failures()) counts.set(code, (counts.get(code) ?? 0) + 1);
        for (const code of counts.keys()) codes.add(code);
        for (const code of codes) this.set({ code }, counts.get(code) ?? 0);
      },
    }),
  );
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
