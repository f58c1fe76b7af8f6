import type { ClientDuplexStream } from '@grpc/grpc-js';
import { SeamarkError } from '@seamark/common/errors';
import type { Compare, KeySelector, Operation } from '../kv-store.ts';
import type { WatchAnswer } from './decode-answers.ts';

// Requests, as proto-loader takes them, and 64-bit integers of answers as it gives them: as text.

export type WireWatchRequest =
  | { readonly create_request: object }
  | { readonly cancel_request: { readonly watch_id: number } }
  | { readonly progress_request: object };
export type WireWatchDuplex = ClientDuplexStream<WireWatchRequest, WatchAnswer>;

/** A 64-bit integer of the wire, also as text, as a number. Throws when it is not exact (a revision never is that big). */
export function safeNumber(sent: number | string | undefined): number {
  const value = Number(sent);
  if (!Number.isSafeInteger(value)) throw new SeamarkError('SM_STORE_UNAVAILABLE', `etcd sent the number ${sent}, which is above 2^53`);
  return value;
}

/**
 * `key` and `range_end` of a selector. One key has no range_end at all (an empty one that is present means something else to etcd);
 * `\0` as both is everything.
 */
export function wireRange(selector: KeySelector): { readonly key: Buffer; readonly range_end?: Buffer } {
  if ('key' in selector) return { key: Buffer.from(selector.key) };
  if (selector.prefix === '') return { key: Buffer.from([0]), range_end: Buffer.from([0]) };
  const key = Buffer.from(selector.prefix);
  const rangeEnd = Buffer.from(key);
  // The next key after all with this prefix: the last byte plus one. UTF-8 has no byte 0xff, so there is never a carry.
  rangeEnd[rangeEnd.length - 1] = (rangeEnd[rangeEnd.length - 1] as number) + 1;
  return { key, range_end: rangeEnd };
}

const comparators = { '=': 'Equal', '!=': 'NotEqual', '<': 'Less', '>': 'Greater' } as const;
const targets = {
  value: ['Value', 'value'],
  version: ['Version', 'version'],
  createRevision: ['Create', 'create_revision'],
  modRevision: ['Mod', 'mod_revision'],
} as const;

/** A compare for the wire. */
export function wireCompare(compare: Compare): object {
  const [target, field] = targets[compare.target];
  return { result: comparators[compare.op], target, key: Buffer.from(compare.key), [field]: compare.value };
}

/** A transaction step for the wire. */
export function wireOperation(operation: Operation): object {
  if (operation.type === 'put')
    return { request_put: { key: Buffer.from(operation.key), value: operation.value, lease: operation.lease ?? '0' } };
  return operation.type === 'delete' ? { request_delete_range: wireRange(operation) } : { request_range: wireRange(operation) };
}
