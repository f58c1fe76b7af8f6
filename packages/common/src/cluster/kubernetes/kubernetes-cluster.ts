import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import { type Clock, systemClock } from '../../controller/clock.ts';
import { silentLogger } from '../../observability/create-logger.ts';
import type { Logger } from '../../observability/logger.ts';
import { messageOf } from '../../errors/index.ts';
import type { Cluster } from '../cluster.ts';
import type { Kind, ObjectOf } from '../kind.ts';
import type { ObjectView, ViewScope } from '../object-view.ts';
import { ViewRegistry } from '../view-registry.ts';
import type { ViewStore } from '../view-store.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { type ClusterMetrics, createClusterMetrics } from './cluster-metrics.ts';
import { type Connection, createConnection } from './connection.ts';
import { createCredentialSource } from './credentials.ts';
import { createCustomKinds } from './custom-kinds.ts';
import { createEventRecorder } from './event-recorder.ts';
import { type KubeconfigSource, loadClusterAccess } from './kubeconfig.ts';
import { createObjectWriter } from './object-writer.ts';
import { type ReflectorParts, openDefinitionView, runReflectors } from './run-reflectors.ts';
import { type ReflectorTimes, defaultReflectorTimes } from './reflector-times.ts';

/** Options of {@link createKubernetesCluster}. */
export interface KubernetesClusterOptions extends KubeconfigSource {
  readonly logger?: Logger;
  /** Where the driver's metrics (seamark_cluster_*) are registered. Default: nowhere. */
  readonly metrics?: Registry;
  /** Time for one request with its retries. Default 30,000 ms. */
  readonly requestTimeoutMs?: number;
  /** Connections for requests, besides one for each open watch. Default 16. */
  readonly maxConnections?: number;
  /** `reportingInstance` of Events. Default: the host's (pod's) name. */
  readonly instance?: string;
  /** Times of the reflectors, for tests. */
  readonly times?: Partial<ReflectorTimes>;
  readonly clock?: Clock;
  /** 0..1, for jitter. Default Math.random. */
  readonly random?: () => number;
}

/**
 * Creates the {@link Cluster} of a real Kubernetes API server.
 *
 * The kubeconfig is read at `start`, or at the first request: that is where SM_KUBECONFIG_INVALID is thrown. An API server that
 * cannot be reached does not make `start` fail: views wait for it.
 */
export function createKubernetesCluster(options: KubernetesClusterOptions = {}): Cluster {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const logger = (options.logger ?? silentLogger).child('cluster');
  const metrics = createClusterMetrics(options.metrics);
  const times: ReflectorTimes = { ...defaultReflectorTimes, ...options.times };

  const link = createLazyClient(options, { clock, random, metrics });
  const client = link.client;
  const onListenerError = (kind: Kind, error: unknown): void => {
    metrics.listenerErrors.inc({ resource: kind.plural });
    logger.error(`a listener or index of the view of ${kind.plural} threw: ${messageOf(error)}`, { err: error });
  };
  const registry = new ViewRegistry({ onListenerError });
  let running: AbortSignal | undefined;
  const parts: ReflectorParts = {
    client,
    times,
    metrics,
    logger,
    clock,
    random,
    customKinds: createCustomKinds(() => openDefinitionView(parts, onListenerError, running as AbortSignal), clock),
  };
  const writer = createObjectWriter(client);
  const events = createEventRecorder({
    writer: writer.events,
    clock,
    random,
    logger,
    instance: options.instance ?? hostname(),
    onResult: (result, count) => metrics.events.inc({ result }, count),
  });

  return {
    driver: 'kubernetes',
    view<K extends Kind>(kind: K, scope?: ViewScope<ObjectOf<K>>): ObjectView<ObjectOf<K>> {
      const { view, created } = registry.view<ObjectOf<K>>(kind as unknown as Kind<ObjectOf<K>>, scope);
      if (created !== undefined && running !== undefined) runReflectors(created as unknown as ViewStore, parts, running);
      return view;
    },
    async start(signal) {
      await link.prepare();
      running = signal;
      registry.seal();
      for (const store of registry.stores) runReflectors(store, parts, signal);
      const end = (): void => {
        events.close();
        link.closeStreams();
      };
      signal.addEventListener('abort', end, { once: true });
    },
    get: writer.get,
    create: writer.create,
    replace: writer.replace,
    apply: writer.apply,
    patchStatus: writer.patchStatus,
    delete: writer.delete,
    recordEvent: (event) => events.record(event),
    flushEvents: () => events.flush(),
  };
}

interface LazyClient {
  readonly client: ApiClient;
  /** Throws SM_KUBECONFIG_INVALID. */
  prepare(): Promise<void>;
  closeStreams(): void;
}

/** The client appears with its kubeconfig, at first use. */
function createLazyClient(
  options: KubernetesClusterOptions,
  parts: { readonly clock: Clock; readonly random: () => number; readonly metrics: ClusterMetrics },
): LazyClient {
  let made: Promise<{ client: ApiClient; connection: Connection }> | undefined;
  const make = async (): Promise<{ client: ApiClient; connection: Connection }> => {
    const access = await loadClusterAccess(options);
    const connection = createConnection({ access, maxConnections: options.maxConnections });
    const credentials = createCredentialSource(access, parts.clock);
    // Files that the kubeconfig names are missing now rather than at the first request.
    await credentials.current();
    return {
      connection,
      client: createApiClient({
        ...parts,
        connection,
        credentials,
        identity: `user ${access.user.name} (${access.origin})`,
        deadlineMs: options.requestTimeoutMs,
      }),
    };
  };
  const get = (): Promise<{ client: ApiClient; connection: Connection }> => {
    // A failure is not kept: the file may be there at the next attempt.
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return {
    client: {
      send: async (request) => (await get()).client.send(request),
      open: async (request) => (await get()).client.open(request),
    },
    async prepare() {
      await get();
    },
    closeStreams() {
      void made?.then(({ connection }) => connection.closeStreams());
    },
  };
}
