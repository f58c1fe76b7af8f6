import type { KeyValue, RevisionEvents } from '../kv-store.ts';
import type { StoredChange } from './versioned-state.ts';

/**
 * The records of the embedded store's log.
 *
 *     base      1 revision compactRevision              the state is empty and at this revision; entries follow
 *     entries   2 count (key value create mod version lease)*
 *     lease     3 id ttlSeconds
 *     changes   4 revision endedLease count (kind key [value lease])*
 *     compact   5 revision                              history before it is gone
 *
 * Integers are doubles (revisions, versions, seconds) or u32 (counts, lengths), little-endian; keys are UTF-8, leases ASCII.
 */
export type StoreRecord =
  | { readonly type: 'base'; readonly revision: number; readonly compactRevision: number }
  | { readonly type: 'entries'; readonly entries: readonly KeyValue[] }
  | { readonly type: 'lease'; readonly id: string; readonly ttlSeconds: number }
  | {
      readonly type: 'changes';
      /** 0 when a lease without keys ended. */
      readonly revision: number;
      /** The lease that ended with these changes. */
      readonly endedLease?: string | undefined;
      readonly changes: readonly StoredChange[];
    }
  | { readonly type: 'compact'; readonly revision: number };

const recordType = { base: 1, entries: 2, lease: 3, changes: 4, compact: 5 } as const;
const changeKind = { put: 1, delete: 2 } as const;

/** Encodes the start of a snapshot. */
export function encodeBase(revision: number, compactRevision: number): Buffer {
  const writer = new RecordWriter(17);
  return writer.byte(recordType.base).double(revision).double(compactRevision).done();
}

/** Encodes entries of a snapshot. */
export function encodeEntries(entries: readonly KeyValue[]): Buffer {
  let length = 5;
  for (const entry of entries) length += 8 + 24 + Buffer.byteLength(entry.key) + entry.value.length + 4 + entry.lease.length;
  const writer = new RecordWriter(length).byte(recordType.entries).count(entries.length);
  for (const entry of entries) {
    writer
      .text(entry.key)
      .bytes(entry.value)
      .double(entry.createRevision)
      .double(entry.modRevision)
      .double(entry.version)
      .text(entry.lease);
  }
  return writer.done();
}

/** Encodes the grant of a lease. */
export function encodeLease(id: string, ttlSeconds: number): Buffer {
  return new RecordWriter(13 + id.length).byte(recordType.lease).text(id).double(ttlSeconds).done();
}

/** Encodes the changes of one revision, and the lease that ended by them; `batch` is undefined for a lease without keys. */
export function encodeChanges(batch: RevisionEvents | undefined, endedLease = ''): Buffer {
  const events = batch?.events ?? [];
  let length = 17 + endedLease.length;
  for (const event of events) {
    length +=
      event.type === 'put'
        ? 13 + Buffer.byteLength(event.entry.key) + event.entry.value.length + event.entry.lease.length
        : 5 + Buffer.byteLength(event.key);
  }
  const writer = new RecordWriter(length)
    .byte(recordType.changes)
    .double(batch?.revision ?? 0)
    .text(endedLease)
    .count(events.length);
  for (const event of events) {
    if (event.type === 'put') writer.byte(changeKind.put).text(event.entry.key).bytes(event.entry.value).text(event.entry.lease);
    else writer.byte(changeKind.delete).text(event.key);
  }
  return writer.done();
}

/** Encodes that history before a revision is gone. */
export function encodeCompact(revision: number): Buffer {
  return new RecordWriter(9).byte(recordType.compact).double(revision).done();
}

/** Reads a record; values are copies. Throws RangeError when the bytes are no record of this version. */
export function decodeRecord(bytes: Uint8Array): StoreRecord {
  const reader = new RecordReader(bytes);
  const type = reader.byte();
  switch (type) {
    case recordType.base:
      return { type: 'base', revision: reader.double(), compactRevision: reader.double() };
    case recordType.entries:
      return { type: 'entries', entries: reader.list(() => readEntry(reader)) };
    case recordType.lease:
      return { type: 'lease', id: reader.text(), ttlSeconds: reader.double() };
    case recordType.changes: {
      const revision = reader.double();
      const endedLease = reader.text();
      return {
        type: 'changes',
        revision,
        endedLease: endedLease === '' ? undefined : endedLease,
        changes: reader.list(() => readChange(reader)),
      };
    }
    case recordType.compact:
      return { type: 'compact', revision: reader.double() };
    default:
      throw new RangeError(`record type ${type} is unknown`);
  }
}

function readEntry(reader: RecordReader): KeyValue {
  return {
    key: reader.text(),
    value: reader.bytes(),
    createRevision: reader.double(),
    modRevision: reader.double(),
    version: reader.double(),
    lease: reader.text(),
  };
}

function readChange(reader: RecordReader): StoredChange {
  const kind = reader.byte();
  switch (kind) {
    case changeKind.put:
      return { type: 'put', key: reader.text(), value: reader.bytes(), lease: reader.text() };
    case changeKind.delete:
      return { type: 'delete', key: reader.text() };
    default:
      throw new RangeError(`change kind ${kind} is unknown`);
  }
}

/** Fills a buffer whose length is known. */
class RecordWriter {
  readonly #buffer: Buffer;
  #offset = 0;

  constructor(length: number) {
    this.#buffer = Buffer.allocUnsafe(length);
  }

  byte(value: number): this {
    this.#offset = this.#buffer.writeUInt8(value, this.#offset);
    return this;
  }

  count(value: number): this {
    this.#offset = this.#buffer.writeUInt32LE(value, this.#offset);
    return this;
  }

  double(value: number): this {
    this.#offset = this.#buffer.writeDoubleLE(value, this.#offset);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.count(value.length);
    this.#buffer.set(value, this.#offset);
    this.#offset += value.length;
    return this;
  }

  text(value: string): this {
    const length = this.#buffer.write(value, this.#offset + 4);
    this.count(length);
    this.#offset += length;
    return this;
  }

  done(): Buffer {
    return this.#buffer;
  }
}

/** Reads what {@link RecordWriter} wrote; reading past the end is a RangeError. */
class RecordReader {
  readonly #buffer: Buffer;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    return this.#buffer.readUInt8(this.#advance(1));
  }

  count(): number {
    return this.#buffer.readUInt32LE(this.#advance(4));
  }

  double(): number {
    return this.#buffer.readDoubleLE(this.#advance(8));
  }

  bytes(): Uint8Array {
    const length = this.count();
    const start = this.#advance(length);
    return Buffer.from(this.#buffer.subarray(start, start + length));
  }

  text(): string {
    const length = this.count();
    const start = this.#advance(length);
    return this.#buffer.toString('utf8', start, start + length);
  }

  list<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let left = this.count(); left > 0; left--) items.push(read());
    return items;
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (start + length > this.#buffer.length) throw new RangeError('the record is too short');
    this.#offset = start + length;
    return start;
  }
}
