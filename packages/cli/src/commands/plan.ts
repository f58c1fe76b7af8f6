import type { Service } from '@seamark/common/model';
import { serviceKind } from '@seamark/common/cluster';
import type { Config } from '@seamark/common/config';
import type { Decision } from '@seamark/common/reasons';
import { runComponents } from '@seamark/common/controller';
import type { Endpoint } from '@seamark/common';
import { clusterComponent } from '../compose/cluster.ts';
import { composeDnsSync, composeLbController } from '../compose/components.ts';
import { createRuntime } from '../compose/runtime.ts';
import { composeWriters } from '../compose/writers.ts';
import { openStore, storeComponent } from '../compose/store.ts';

/** What manifests would get. `decisions` explains; the other two are the machine-readable result. */
export interface Plan {
  readonly services: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly ips: readonly string[];
    readonly pool: string | null;
    readonly error: string | null;
  }[];
  readonly endpoints: readonly Endpoint[];
  readonly decisions: readonly Decision[];
}

/**
 * Works out what the given manifests would get, by running the real components on them with everything kept in memory: no file,
 * cluster, store or socket is touched.
 */
export async function makePlan(config: Config, paths: readonly string[]): Promise<Plan> {
  const { createIngressPublisher, createManifestsCluster } = await import('@seamark/common/cluster/manifests');
  const quiet = { ...config, process: { ...config.process, logLevel: 'error' as const }, store: { ...config.store, endpoints: [] } };
  const runtime = createRuntime(quiet, 'plan');
  const store = await openStore(runtime, undefined);
  const logger = runtime.logger.child('manifests');
  const cluster = createManifestsCluster({ paths, reasons: runtime.reasons, logger });
  const writers = composeWriters(runtime, cluster, 'seamark');
  const services = cluster.view(serviceKind);
  const publisher = createIngressPublisher({ cluster, logger });
  const lbController = await composeLbController(runtime, cluster, writers);
  const dnsSync = await composeDnsSync(runtime, cluster, store, { servesDns: true, writers, waitingGraceMs: 0 });
  const components = [storeComponent(store), clusterComponent(cluster), publisher, lbController, dnsSync].map((component) => ({
    name: component.name,
    dependsOn: component.name === 'store' ? [] : component.name === 'cluster' ? ['store'] : ['store', 'cluster'],
    start: (signal: AbortSignal) => component.start(signal),
    stop: () => component.stop(),
  }));

  const stop = new AbortController();
  let plan: Plan | undefined;
  let failure: { readonly error: unknown } | undefined;
  await runComponents({
    components,
    signal: stop.signal,
    logger: runtime.logger,
    onRunning: () => {
      settled()
        .then(
          () => {
            plan = read();
          },
          (error: unknown) => {
            failure = { error };
          },
        )
        .finally(() => stop.abort());
    },
  });
  if (failure !== undefined) throw failure.error;
  return plan as Plan;

  /** An address makes an Ingress status, that makes a record: quiet is when a whole round changes no decision. */
  async function settled(): Promise<void> {
    let changes = 0;
    using _counting = runtime.reasons.subscribe(() => void changes++);
    for (;;) {
      const before = changes;
      await lbController.idle();
      await publisher.idle();
      await dnsSync.idle();
      await new Promise((resolve) => setImmediate(resolve));
      if (changes === before) return;
    }
  }

  function read(): Plan {
    const decisions = [...runtime.reasons.list()];
    return {
      services: [...services.list()]
        .filter((service) => service.spec.type === 'LoadBalancer')
        .map((service) => serviceResult(service, decisions))
        .sort(byNamespaceAndName),
      endpoints: [...dnsSync.desired()].sort((a, b) => a.dnsName.localeCompare(b.dnsName) || a.recordType.localeCompare(b.recordType)),
      decisions,
    };
  }
}

function serviceResult(service: Service, decisions: readonly Decision[]): Plan['services'][number] {
  const { name, namespace = 'default' } = service.metadata;
  const own = decisions.filter(({ object }) => object.kind === 'Service' && object.namespace === namespace && object.name === name);
  const assigned = own.find((decision): decision is Decision<'ADDRESS_ASSIGNED'> => decision.code === 'ADDRESS_ASSIGNED');
  const failed = own.find((decision) => decision.topic === 'address' && decision.severity === 'warning');
  return {
    namespace,
    name,
    ips: (service.status?.loadBalancer?.ingress ?? []).flatMap((ingress) => ingress.ip ?? []),
    pool: assigned?.params.pool ?? null,
    error: failed?.message ?? null,
  };
}

function byNamespaceAndName(
  a: { readonly namespace: string; readonly name: string },
  b: { readonly namespace: string; readonly name: string },
): number {
  return a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name);
}
