import { SeamarkError } from '@seamark/common/errors';
import type { KeySelector, Operation, Transaction } from '../kv-store.ts';

/**
 * Largest transaction: all keys and values of one branch. etcd refuses above 1.5 MiB by default; this bound only keeps one
 * record of the log from becoming a burden at every start.
 */
const maxTransactionBytes = 64 * 2 ** 20;

/** Throws SM_STORE_REJECTED for a transaction that etcd refuses whatever its compares say (checkTxnRequest of etcd's v3rpc/key.go). */
export function checkTransaction(transaction: Transaction): void {
  for (const { key } of transaction.compare) checkKey(key);
  checkBranch(transaction.success);
  if (transaction.failure !== undefined) checkBranch(transaction.failure);
}

/** Throws SM_STORE_REJECTED unless the selector names a key, or a prefix (which may be empty), in well-formed text. */
export function checkSelector(selector: KeySelector): void {
  if ('key' in selector) checkKey(selector.key);
  else if (!selector.prefix.isWellFormed()) throw rejected(`the prefix ${JSON.stringify(selector.prefix)} is not well-formed text`);
}

/** An error for a request that cannot be served as it is. */
export function rejected(message: string): SeamarkError {
  return new SeamarkError('SM_STORE_REJECTED', message);
}

function checkKey(key: string): void {
  if (key === '') throw rejected('a key is empty');
  // UTF-8 has no form for half a surrogate pair: two such keys would become one.
  if (!key.isWellFormed()) throw rejected(`the key ${JSON.stringify(key)} is not well-formed text`);
}

function checkBranch(operations: readonly Operation[]): void {
  let bytes = 0;
  const puts = new Set<string>();
  for (const operation of operations) {
    if (operation.type !== 'put') {
      checkSelector(operation);
      continue;
    }
    checkKey(operation.key);
    if (puts.has(operation.key)) throw writtenTwice(operation.key);
    puts.add(operation.key);
    bytes += operation.key.length + operation.value.length;
  }
  if (bytes > maxTransactionBytes) throw rejected(`a transaction of ${bytes} bytes is larger than the limit of ${maxTransactionBytes}`);
  if (puts.size === 0) return;
  for (const operation of operations) {
    if (operation.type !== 'delete') continue;
    if ('key' in operation) {
      if (puts.has(operation.key)) throw writtenTwice(operation.key);
      continue;
    }
    for (const key of puts) if (key.startsWith(operation.prefix)) throw writtenTwice(key);
  }
}

function writtenTwice(key: string): SeamarkError {
  return rejected(`a transaction writes the key ${JSON.stringify(key)} twice`);
}
