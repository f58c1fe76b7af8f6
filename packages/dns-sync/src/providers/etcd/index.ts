export { createEtcdProvider } from './etcd-provider.ts';
export type { EtcdProviderOptions } from './etcd-provider.ts';
