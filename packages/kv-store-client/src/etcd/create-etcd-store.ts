import { SeamarkError } from '@seamark/common/errors';
import type { KvStore, Operation, Transaction, TransactionResult } from '../kv-store.ts';
import { EtcdConnection } from './connection.ts';
import { decodeTransactionAnswer, type TransactionAnswer } from './decode-answers.ts';
import { etcdLeaseTimeToLive, grantEtcdLease } from './lease.ts';
import { compileEtcdOptions, type EtcdStoreOptions } from './options.ts';
import { readRange } from './range.ts';
import { WatchHub } from './watch-hub.ts';
import { wireCompare, wireOperation } from './wire.ts';

/**
 * Opens a {@link KvStore} on etcd 3.4 or later. Nothing is connected or loaded before the first request, and an etcd that is absent
 * is no error here: requests then fail with SM_STORE_UNAVAILABLE at their deadline and watches wait.
 *
 * Throws SM_CONFIG_INVALID for options that can never work. Requests throw SM_STORE_UNAVAILABLE, SM_STORE_UNAUTHENTICATED, SM_STORE_TLS,
 * SM_STORE_REJECTED, SM_STORE_COMPACTED, SM_STORE_LEASE_LOST, SM_STORE_WRITE_FAILED (etcd has no space) and SM_STORE_CLOSED.
 */
export function createEtcdStore(options: EtcdStoreOptions): KvStore {
  const compiled = compileEtcdOptions(options);
  const connection = new EtcdConnection(compiled);
  const watches = new WatchHub(connection, compiled);
  return {
    driver: 'etcd',
    description: connection.description,
    range: (selector, request = {}) => readRange(connection, selector, request),
    async transact(transaction, request = {}) {
      assertUsable(transaction);
      const { compare, success, failure = [] } = transaction;
      const reads = (operation: Operation): boolean => operation.type === 'range';
      const result = await connection.unary(
        'KV',
        'txn',
        { compare: compare.map(wireCompare), success: success.map(wireOperation), failure: failure.map(wireOperation) },
        { signal: request.signal, repeatable: success.every(reads) && failure.every(reads), decode: decodeTransactionAnswer },
      );
      const answer = transactionResultOf(result);
      connection.sawRevision(answer.revision);
      return answer;
    },
    watch(watchOptions, listener) {
      if (connection.closed.aborted) throw new SeamarkError('SM_STORE_CLOSED', `the store at ${connection.description} has been closed`);
      return watches.add(watchOptions, listener);
    },
    grantLease: (ttlSeconds, request = {}) => grantEtcdLease(connection, compiled, ttlSeconds, request),
    leaseTimeToLive: (id, request = {}) => etcdLeaseTimeToLive(connection, id, request),
    close() {
      watches.close();
      connection.close();
      return Promise.resolve();
    },
  };
}

/** etcd looks at an empty key only when the branch runs, and then as a defect of its own. */
function assertUsable({ compare, success, failure = [] }: Transaction): void {
  if ([...compare, ...success, ...failure].some((step) => 'key' in step && step.key === ''))
    throw new SeamarkError('SM_STORE_REJECTED', 'a transaction has an empty key');
}

function transactionResultOf({ header, succeeded, ranges }: TransactionAnswer): TransactionResult {
  const { revision } = header;
  return { succeeded, revision, ranges: ranges.map(({ entries }) => ({ revision, entries })) };
}
