import type { KeyValue, KvEvent } from '../kv-store.ts';
import { ProtobufReader } from './protobuf-reader.ts';
import { safeNumber } from './wire.ts';

// Answers of etcd's KV and Watch, from the octets of rpc.proto and kv.proto (package etcdserverpb and mvccpb). What they own is copied:
// a view would keep the whole message, so that one small value would keep megabytes.

/** etcd's ResponseHeader. `memberId` is an unsigned 64-bit integer as text. */
export interface AnswerHeader {
  readonly memberId: string;
  readonly revision: number;
}

/** etcd's RangeResponse. `octets` is the size of its keys and values; `lastKey` as it is there, which need not be UTF-8. */
export interface RangeAnswer {
  readonly header: AnswerHeader | undefined;
  readonly entries: readonly KeyValue[];
  readonly more: boolean;
  readonly octets: number;
  readonly lastKey: Buffer | undefined;
}

/** etcd's TxnResponse; of its steps the ranges, in order. */
export interface TransactionAnswer {
  readonly header: AnswerHeader;
  readonly succeeded: boolean;
  readonly ranges: readonly RangeAnswer[];
}

/** etcd's WatchResponse. */
export interface WatchAnswer {
  readonly header: AnswerHeader;
  readonly watchId: number;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compactRevision: number;
  readonly cancelReason: string;
  readonly fragment: boolean;
  readonly events: readonly KvEvent[];
}

const noHeader: AnswerHeader = { memberId: '0', revision: 0 };

/** Reads a RangeResponse. Throws for octets that are none, and SM_STORE_UNAVAILABLE for a number above 2^53, which a revision never is. */
export function decodeRangeAnswer(octets: Buffer): RangeAnswer {
  return rangeAnswer(new ProtobufReader(octets));
}

/** Reads a TxnResponse; throws as {@link decodeRangeAnswer}. */
export function decodeTransactionAnswer(octets: Buffer): TransactionAnswer {
  const reader = new ProtobufReader(octets);
  let header = noHeader;
  let succeeded = false;
  const ranges: RangeAnswer[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) header = answerHeader(reader.message());
    else if (field === 2) succeeded = reader.boolean();
    else if (field === 3) addRange(reader.message(), ranges);
    else reader.skip();
  }
  return { header, succeeded, ranges };
}

/** Reads a WatchResponse; throws as {@link decodeRangeAnswer}. */
export function decodeWatchAnswer(octets: Buffer): WatchAnswer {
  const reader = new ProtobufReader(octets);
  let header = noHeader;
  let [watchId, compactRevision] = [0, 0];
  let [created, canceled, fragment] = [false, false, false];
  let cancelReason = '';
  const events: KvEvent[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) header = answerHeader(reader.message());
    // A watch that the server could not make has the number -1; nobody asks for that of such an answer.
    else if (field === 2) watchId = reader.number();
    else if (field === 3) created = reader.boolean();
    else if (field === 4) canceled = reader.boolean();
    else if (field === 5) compactRevision = safeNumber(reader.number());
    else if (field === 6) cancelReason = reader.text();
    else if (field === 7) fragment = reader.boolean();
    else if (field === 11) events.push(event(reader.message()));
    else reader.skip();
  }
  return { header, watchId, created, canceled, compactRevision, cancelReason, fragment, events };
}

function rangeAnswer(reader: ProtobufReader): RangeAnswer {
  let header: AnswerHeader | undefined;
  let more = false;
  let octets = 0;
  let last: ProtobufReader | undefined;
  const entries: KeyValue[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) header = answerHeader(reader.message());
    else if (field === 2) {
      last = reader.message();
      const entry = keyValue(last);
      octets += entry.key.length + entry.value.length;
      entries.push(entry);
    } else if (field === 3) more = reader.boolean();
    else reader.skip();
  }
  return { header, entries, more, octets, lastKey: last === undefined ? undefined : keyOf(last) };
}

/** A ResponseOp is one of several; only ranges have something to tell. */
function addRange(reader: ProtobufReader, ranges: RangeAnswer[]): void {
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) ranges.push(rangeAnswer(reader.message()));
    else reader.skip();
  }
}

function answerHeader(reader: ProtobufReader): AnswerHeader {
  let { memberId, revision } = noHeader;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) memberId = reader.int64Text(false);
    else if (field === 3) revision = safeNumber(reader.number());
    else reader.skip();
  }
  return { memberId, revision };
}

function event(reader: ProtobufReader): KvEvent {
  let isDelete = false;
  let entry: KeyValue | undefined;
  let previous: KeyValue | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) isDelete = reader.number() === 1;
    else if (field === 2) entry = keyValue(reader.message());
    else if (field === 3) previous = keyValue(reader.message());
    else reader.skip();
  }
  if (entry === undefined) throw new RangeError('an event without a key');
  const before = previous === undefined ? {} : { previous };
  return isDelete ? { type: 'delete', key: entry.key, modRevision: entry.modRevision, ...before } : { type: 'put', entry, ...before };
}

function keyOf(reader: ProtobufReader): Buffer {
  reader.rewind();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) return Buffer.from(reader.bytes());
    reader.skip();
  }
  return Buffer.alloc(0);
}

const noValue = new Uint8Array();

function keyValue(reader: ProtobufReader): KeyValue {
  let key = '';
  let value = noValue;
  let [createRevision, modRevision, version] = [0, 0, 0];
  let lease = '0';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) key = reader.text();
    else if (field === 2) createRevision = safeNumber(reader.number());
    else if (field === 3) modRevision = safeNumber(reader.number());
    else if (field === 4) version = safeNumber(reader.number());
    else if (field === 5) value = new Uint8Array(reader.bytes());
    else if (field === 6) lease = reader.int64Text(true);
    else reader.skip();
  }
  return { key, value, createRevision, modRevision, version, lease };
}
