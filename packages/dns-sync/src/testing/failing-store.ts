import { SeamarkError } from '@seamark/common/errors';
import type { KvStore } from '@seamark/kv-store-client';

/** A store whose writes all fail after the first `writes`, as for a process that dies at that moment. Reads and watches go on. */
export function storeThatDiesAfter(store: KvStore, writes: number): KvStore {
  let left = writes;
  return {
    driver: store.driver,
    description: store.description,
    range: (selector, options) => store.range(selector, options),
    transact(transaction, options) {
      if (left-- <= 0) return Promise.reject(new SeamarkError('SM_STORE_UNAVAILABLE', 'the writer is dead'));
      return store.transact(transaction, options);
    },
    watch: (options, listener) => store.watch(options, listener),
    grantLease: (ttlSeconds, options) => store.grantLease(ttlSeconds, options),
    leaseTimeToLive: (id, options) => store.leaseTimeToLive(id, options),
    close: () => Promise.resolve(),
  };
}
