import { join } from 'node:path';
import type { Component } from '@seamark/common/controller';
import { measureCertificates } from '@seamark/common/observability';
import type { KvStore } from '@seamark/kv-store-client';
import { etcdOptions } from './etcd-options.ts';
import type { Runtime } from './runtime.ts';

/** Opens the store that the configuration names: etcd, or the embedded store in `folder` (undefined: in memory only). */
export async function openStore(runtime: Runtime, folder: string | undefined): Promise<KvStore> {
  const { store } = runtime.config;
  const logger = runtime.logger.child('store');
  // Each driver is loaded only when it is used: gRPC alone costs tens of megabytes.
  if (store.endpoints.length === 0) {
    const { createMemoryStore, openEmbeddedStore } = await import('@seamark/kv-store-client/embedded');
    return folder === undefined ? createMemoryStore() : openEmbeddedStore({ folder: join(folder, 'records'), logger });
  }
  const { createEtcdStore } = await import('@seamark/kv-store-client/etcd');
  for (const endpoint of store.endpoints) {
    if (!endpoint.startsWith('https://') && store.username === undefined)
      logger.warn(`etcd at ${endpoint} has neither TLS nor authentication`);
  }
  const { endpoints, caFile, certFile } = store;
  measureCertificates(
    runtime.metrics,
    [caFile, certFile].filter((file) => file !== undefined),
  );
  return createEtcdStore({ ...etcdOptions(runtime.config, endpoints), logger });
}

/** The store as a component, so that it closes after everything that uses it has stopped. */
export function storeComponent(store: KvStore): Component {
  return { name: 'store', start: async () => undefined, stop: () => store.close() };
}
