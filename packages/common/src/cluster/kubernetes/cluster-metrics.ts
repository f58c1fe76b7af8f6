import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the kubernetes driver counts. */
export interface ClusterMetrics {
  /** Requests to the API server; `code` is the HTTP status, or `error` when no answer came. */
  readonly requests: Counter<'verb' | 'resource' | 'code'>;
  readonly requestSeconds: Histogram<'verb'>;
  /** Full lists made by views; an idle, healthy system makes none. */
  readonly lists: Counter<'resource'>;
  /** 1 while a view's watch is open, 0 while it is not; a kind that does not exist has none. */
  readonly watching: Gauge<'resource'>;
  /** Watches that ended: `timeout` (as asked for), `cut`, `silent`, `expired` (410), `refused`. */
  readonly watchEnds: Counter<'resource' | 'reason'>;
  /** Exceptions of listeners and index functions. */
  readonly listenerErrors: Counter<'resource'>;
  /** Watch events left out because they named no object. */
  readonly malformed: Counter<'resource'>;
  /** Kubernetes Events: `written`, `counted_up`, `merged`, `dropped_full`, `dropped_refused`, `dropped_unavailable`. */
  readonly events: Counter<'result'>;
}

/** Registers the driver's metrics; several clusters of one process share them. */
export function createClusterMetrics(registry: Registry = new Registry()): ClusterMetrics {
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    (registry.getSingleMetric(name) as Counter<L> | undefined) ?? new Counter({ name, help, labelNames, registers: [registry] });
  return {
    requests: counter('seamark_cluster_requests_total', 'Requests to the Kubernetes API server.', ['verb', 'resource', 'code']),
    requestSeconds:
      (registry.getSingleMetric('seamark_cluster_request_seconds') as Histogram<'verb'> | undefined) ??
      new Histogram({
        name: 'seamark_cluster_request_seconds',
        help: 'Time to the answer of the Kubernetes API server, without watches.',
        labelNames: ['verb'],
        buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
        registers: [registry],
      }),
    lists: counter('seamark_cluster_lists_total', 'Full lists made by views.', ['resource']),
    watching:
      (registry.getSingleMetric('seamark_cluster_watching') as Gauge<'resource'> | undefined) ??
      new Gauge({
        name: 'seamark_cluster_watching',
        help: '1 while the watch of a view is open, 0 while it is not.',
        labelNames: ['resource'],
        registers: [registry],
      }),
    watchEnds: counter('seamark_cluster_watch_ends_total', 'Watches that ended.', ['resource', 'reason']),
    listenerErrors: counter('seamark_cluster_listener_errors_total', 'Exceptions of listeners and index functions of views.', ['resource']),
    malformed: counter('seamark_cluster_malformed_total', 'Watch events left out because they named no object.', ['resource']),
    events: counter('seamark_cluster_events_total', 'Kubernetes Events by what became of them.', ['result']),
  };
}
