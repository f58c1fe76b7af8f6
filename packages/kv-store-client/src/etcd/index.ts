export { createEtcdStore } from './create-etcd-store.ts';
export type { EtcdStoreOptions } from './options.ts';
