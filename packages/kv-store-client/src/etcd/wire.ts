import type { ClientDuplexStream } from '@grpc/grpc-js';
import { SeamarkError } from '@seamark/common/errors';
import type { Compare, KeySelector, KeyValue, KvEvent, Operation } from '../kv-store.ts';

// The messages of etcd's rpc.proto as proto-loader gives them: 64-bit integers are text, absent messages are null.

export interface WireHeader {
  readonly member_id: string;
  readonly revision: string;
}
export interface WireKeyValue {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly create_revision: string;
  readonly mod_revision: string;
  readonly version: string;
  readonly lease: string;
}
export interface WireRange {
  readonly header: WireHeader | null;
  readonly kvs: readonly WireKeyValue[];
  readonly more: boolean;
}
export interface WireTransactionResult {
  readonly header: WireHeader;
  readonly succeeded: boolean;
  readonly responses: readonly { readonly response_range?: WireRange | null }[];
}
export interface WireEvent {
  readonly type: 'Put' | 'Delete';
  readonly kv: WireKeyValue;
  readonly prev_kv: WireKeyValue | null;
}
export interface WireWatchResponse {
  readonly header: WireHeader;
  readonly watch_id: string;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compact_revision: string;
  readonly cancel_reason: string;
  readonly fragment: boolean;
  readonly events: readonly WireEvent[];
}
export type WireWatchRequest =
  | { readonly create_request: object }
  | { readonly cancel_request: { readonly watch_id: number } }
  | { readonly progress_request: object };
export type WireWatchDuplex = ClientDuplexStream<WireWatchRequest, WireWatchResponse>;

/** A 64-bit integer of the wire as a number. Throws when it is not exact (a revision never is that big). */
export function safeNumber(text: string | undefined): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new SeamarkError('SM_STORE_UNAVAILABLE', `etcd sent the number ${text}, which is above 2^53`);
  return value;
}

/**
 * A key-value of the wire as the seam's. The value is copied: protobuf gives a view into the whole message, so keeping one small value
 * would keep megabytes.
 */
export function keyValueOf(wire: WireKeyValue): KeyValue {
  return {
    key: wire.key.toString('utf8'),
    value: new Uint8Array(wire.value),
    createRevision: safeNumber(wire.create_revision),
    modRevision: safeNumber(wire.mod_revision),
    version: safeNumber(wire.version),
    lease: wire.lease,
  };
}

/** An event of the wire as the seam's. */
export function eventOf(wire: WireEvent): KvEvent {
  const previous = wire.prev_kv === null ? {} : { previous: keyValueOf(wire.prev_kv) };
  return wire.type === 'Put'
    ? { type: 'put', entry: keyValueOf(wire.kv), ...previous }
    : { type: 'delete', key: wire.kv.key.toString('utf8'), modRevision: safeNumber(wire.kv.mod_revision), ...previous };
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
