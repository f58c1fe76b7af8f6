import type { Config } from '@seamark/common/config';
import type { EtcdStoreOptions } from '@seamark/kv-store-client/etcd';

/** How etcd is reached, as the configuration says; `endpoints` are given apart because a member asks others than a client does. */
export function etcdOptions({ store }: Config, endpoints: readonly string[]): EtcdStoreOptions {
  const { username, password, caFile, certFile, keyFile, serverName, insecure } = store;
  return { endpoints, username, password, caFile, certFile, keyFile, serverName, insecureSkipVerify: insecure };
}
