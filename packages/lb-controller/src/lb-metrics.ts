import type { AddressFamily } from '@seamark/common/model';
import { Counter, Gauge, Histogram, type Registry } from '@seamark/common/observability';
import type { PoolCount } from './allocator/index.ts';

/** What the gauges are read from when somebody scrapes. */
export interface LbMetricsSource {
  readonly counts: () => readonly PoolCount[];
  readonly waiting: () => number;
  /** Undefined while this process does not lead, and so reads no configuration. */
  readonly configuration: () => { readonly readings: number; readonly rejected: number } | undefined;
}

/** Metrics that are counted as things happen. */
export interface LbMetrics {
  readonly allocations: Counter<'reason'>;
  readonly writes: Counter;
  readonly writeErrors: Counter;
  readonly publishDelay: Histogram;
}

/** From an unloaded API server on the same machine (a millisecond) to an outage. */
const delayBucketsSeconds = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * Registers the metrics of lb-controller: MetalLB's `metallb_allocator_*` under their own names, so that dashboards and alerts go on
 * working, and Seamark's `seamark_lb_*`. A registry holds one lb-controller.
 */
export function createLbMetrics(registry: Registry, source: LbMetricsSource): LbMetrics {
  const registers = [registry];
  const perPool = (name: string, help: string, valueOf: (count: PoolCount) => bigint): Gauge<'pool'> =>
    new Gauge({
      name,
      help,
      labelNames: ['pool'],
      registers,
      collect() {
        this.reset();
        for (const count of source.counts()) this.set({ pool: count.pool }, Number(valueOf(count)));
      },
    });
  const both = (value: Readonly<Record<AddressFamily, bigint>>): bigint => value.IPv4 + value.IPv6;
  perPool('metallb_allocator_addresses_total', 'Usable addresses of a pool.', (count) => both(count.total));
  perPool('metallb_allocator_addresses_in_use_total', 'Addresses of a pool that are in use.', (count) => both(count.used));
  perPool('metallb_allocator_ipv4_addresses_total', 'Usable IPv4 addresses of a pool.', (count) => count.total.IPv4);
  perPool('metallb_allocator_ipv4_addresses_in_use_total', 'IPv4 addresses of a pool that are in use.', (count) => count.used.IPv4);
  perPool('metallb_allocator_ipv6_addresses_total', 'Usable IPv6 addresses of a pool.', (count) => count.total.IPv6);
  perPool('metallb_allocator_ipv6_addresses_in_use_total', 'IPv6 addresses of a pool that are in use.', (count) => count.used.IPv6);
  const waiting = (): Gauge =>
    new Gauge({
      name: 'seamark_lb_services_waiting',
      help: 'LoadBalancer Services that have no address and want one.',
      registers,
      collect() {
        this.set(source.waiting());
      },
    });
  waiting();
  const ofConfiguration = (name: string, help: string, valueOf: (of: { readings: number; rejected: number }) => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const configuration = source.configuration();
        this.reset();
        if (configuration === undefined) this.remove();
        else this.set(valueOf(configuration));
      },
    });
  ofConfiguration('metallb_k8s_client_config_loaded_bool', '1 if a configuration of pools was read.', ({ readings }) =>
    Math.min(readings, 1),
  );
  ofConfiguration('metallb_k8s_client_config_stale_bool', '1 if a pool is not used as it is written.', ({ rejected }) =>
    Math.min(rejected, 1),
  );
  ofConfiguration('seamark_lb_configurations', 'Configurations of pools read since this process leads.', ({ readings }) => readings);
  return {
    allocations: new Counter({
      name: 'seamark_lb_allocations_total',
      help: 'Decisions about addresses: given (ADDRESS_ASSIGNED), or refused, by reason code.',
      labelNames: ['reason'],
      registers,
    }),
    writes: new Counter({ name: 'seamark_lb_status_writes_total', help: 'Status writes of Services.', registers }),
    writeErrors: new Counter({
      name: 'seamark_lb_status_write_errors_total',
      help: 'Status writes that failed and are tried again.',
      registers,
    }),
    publishDelay: new Histogram({
      name: 'seamark_lb_publish_seconds',
      help: 'Time from a decision to the status that shows it.',
      buckets: delayBucketsSeconds,
      registers,
    }),
  };
}
