export type { EtcdAdmin, EtcdMember, EtcdMemberStatus, EtcdPermission } from './admin.ts';
export { createEtcdAdmin } from './create-etcd-admin.ts';
export { createEtcdStore } from './create-etcd-store.ts';
export type { EtcdStoreOptions } from './options.ts';
