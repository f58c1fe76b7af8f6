import type { Config } from '@seamark/common/config';
import type { Component } from '@seamark/common/controller';
import { SeamarkError } from '@seamark/common/errors';
import { clusterComponent, connectCluster } from '../compose/cluster.ts';
import { composeAuthoritativeDns, composeDnsSync, composeLbController } from '../compose/components.ts';
import { composeHttp } from '../compose/http.ts';
import { createRuntime, type Runtime } from '../compose/runtime.ts';
import { openStore, storeComponent } from '../compose/store.ts';
import { composeWriters } from '../compose/writers.ts';
import { runProcess } from '../run-process.ts';

/** `seamark lb-controller`: addresses for the LoadBalancer Services of a cluster. */
export async function lbController(config: Config): Promise<void> {
  const runtime = createRuntime(config, 'lb-controller');
  const cluster = await connectCluster(runtime);
  const writers = composeWriters(runtime, cluster, 'seamark-lb-controller');
  const component = await composeLbController(runtime, cluster, writers);
  await serve(runtime, [clusterComponent(cluster), after(component, 'cluster'), ...composeHttp(runtime)]);
}

/** `seamark dns-sync`: records for the objects of a cluster, written to etcd. */
export async function dnsSync(config: Config, notices: readonly string[]): Promise<void> {
  const runtime = createRuntime(config, 'dns-sync');
  for (const notice of notices) runtime.logger.info(notice);
  const store = await openEtcd(runtime, 'dns-sync');
  const cluster = await connectCluster(runtime);
  const writers = composeWriters(runtime, cluster, 'seamark-dns-sync');
  const component = await composeDnsSync(runtime, cluster, store, { servesDns: false, writers });
  await serve(runtime, [storeComponent(store), clusterComponent(cluster), after(component, 'store', 'cluster'), ...composeHttp(runtime)]);
}

/** `seamark authoritative-dns`: answers from the records in etcd. */
export async function authoritativeDns(config: Config): Promise<void> {
  const runtime = createRuntime(config, 'authoritative-dns');
  const store = await openEtcd(runtime, 'authoritative-dns', 'give --etcd URL or $ETCD_URLS, or a Corefile by -conf');
  const component = await composeAuthoritativeDns(runtime, store);
  await serve(runtime, [storeComponent(store), after(component, 'store'), ...composeHttp(runtime)], {
    lameDuckMs: config.authoritativeDns.lameDuckSeconds * 1000,
  });
}

/** A component on its own shares its store with others by etcd: the embedded store belongs to one process. */
async function openEtcd(runtime: Runtime, command: string, remedy = 'give --etcd URL or $ETCD_URLS') {
  if (runtime.config.store.endpoints.length === 0) {
    throw new SeamarkError('SM_CONFIG_INVALID', `store.endpoints: ${command} needs an etcd to share records with the other components`, {
      remedy: `${remedy}; without etcd run everything in one process with seamark up`,
    });
  }
  return openStore(runtime, undefined);
}

function after(component: Component, ...dependsOn: readonly string[]): Component {
  return { name: component.name, dependsOn, start: (signal) => component.start(signal), stop: () => component.stop() };
}

async function serve(runtime: Runtime, components: readonly Component[], options: { readonly lameDuckMs?: number } = {}): Promise<void> {
  const onRunning = (): void => runtime.logger.info(`running: ${components.map((component) => component.name).join(', ')}`);
  await runProcess(runtime, components, { ...options, onRunning });
}
