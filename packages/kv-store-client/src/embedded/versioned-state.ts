import { SeamarkError } from '@seamark/common/errors';
import type {
  Compare,
  KeySelector,
  KeyValue,
  KvEvent,
  Operation,
  RangeResult,
  RevisionEvents,
  Transaction,
  TransactionResult,
} from '../kv-store.ts';
import { rejected } from './check-transaction.ts';
import { History, type HistoryLimits } from './history.ts';
import { KeyIndex } from './key-index.ts';
import { compareKeys } from './key-order.ts';

/** A lease as the store keeps it. */
export interface StoredLease {
  readonly ttlSeconds: number;
  readonly keys: Set<string>;
}

/** One change of a key, as the log tells it; everything else of an entry follows from the changes before. */
export type StoredChange =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array; readonly lease: string }
  | { readonly type: 'delete'; readonly key: string };

/** Result of {@link VersionedState.transact}; `batch` is undefined when nothing changed. */
export interface AppliedTransaction {
  readonly result: TransactionResult;
  readonly batch: RevisionEvents | undefined;
}

/** Bytes that an entry takes beside its key and value in the log: numbers, lengths and lease. */
const entryOverheadBytes = 40;

/**
 * Keys with revisions as etcd has them, in memory and without I/O: the present, and the changes of the last revisions from which the
 * past is told. Inputs have been checked (check-transaction.ts).
 */
export class VersionedState {
  readonly #index = new KeyIndex<KeyValue>();
  readonly #history = new History();
  readonly #limits: HistoryLimits;
  readonly #leases = new Map<string, StoredLease>();
  #revision = 1;
  #compactRevision = 0;
  #liveBytes = 0;

  constructor(limits: HistoryLimits) {
    this.#limits = limits;
  }

  /** Revision of the last change; 1 before the first, as in etcd. */
  get revision(): number {
    return this.#revision;
  }

  /** Oldest revision that can be read or watched from; 0 when all can. */
  get compactRevision(): number {
    return this.#compactRevision;
  }

  get leases(): ReadonlyMap<string, StoredLease> {
    return this.#leases;
  }

  /** About what a snapshot of the present and of the history takes. */
  get snapshotBytes(): number {
    return this.#liveBytes + this.#history.bytes;
  }

  /** Reads at `revision`; 0 is the present. Throws SM_STORE_COMPACTED, or SM_STORE_REJECTED for the future. */
  range(selector: KeySelector, revision = 0): RangeResult {
    if (revision > this.#revision) throw rejected(`revision ${revision} is in the future: the store is at ${this.#revision}`);
    if (revision <= 0 || revision === this.#revision) return { revision: this.#revision, entries: this.#select(selector) };
    if (revision < this.#compactRevision) {
      throw new SeamarkError('SM_STORE_COMPACTED', `revision ${revision} is gone: history starts at ${this.#compactRevision}`);
    }
    return { revision, entries: this.#entriesAt(selector, revision).toSorted((a, b) => compareKeys(a.key, b.key)) };
  }

  /** Applies a transaction. Throws SM_STORE_LEASE_LOST, and nothing is applied then, for a put with a lease that does not exist. */
  transact(transaction: Transaction): AppliedTransaction {
    const succeeded = transaction.compare.every((compare) => this.#holds(compare));
    const operations = succeeded ? transaction.success : (transaction.failure ?? []);
    for (const operation of operations) {
      if (operation.type === 'put') this.#checkLease(operation.lease);
    }
    const events: KvEvent[] = [];
    const ranges: (readonly KeyValue[])[] = [];
    for (const operation of operations) this.#apply(operation, events, ranges);
    const batch = this.#close(events);
    const revision = this.#revision;
    return { result: { succeeded, revision, ranges: ranges.map((entries) => ({ revision, entries })) }, batch };
  }

  /** Repeats changes of the log as the revision that they had. */
  replay(revision: number, changes: readonly StoredChange[]): void {
    if (changes.length === 0) return;
    const events: KvEvent[] = [];
    this.#revision = revision - 1;
    for (const change of changes) {
      if (change.type === 'put') events.push(this.#put(change.key, change.value, change.lease));
      else this.#deleteKey(change.key, events);
    }
    this.#close(events);
    this.trimHistory(revision);
  }

  addLease(id: string, ttlSeconds: number): void {
    this.#leases.set(id, { ttlSeconds, keys: new Set() });
  }

  /** Ends a lease and deletes its keys, in byte order, as one revision; undefined when it had none. */
  endLease(id: string): RevisionEvents | undefined {
    const lease = this.#leases.get(id);
    this.#leases.delete(id);
    const events: KvEvent[] = [];
    for (const key of [...(lease?.keys ?? [])].toSorted(compareKeys)) this.#deleteKey(key, events);
    return this.#close(events);
  }

  /** Changes of the retained revisions from `from` on. */
  changesFrom(from: number): Generator<RevisionEvents> {
    return this.#history.from(from);
  }

  /** Makes `revision` the oldest that can be read. */
  compactHistory(revision: number): void {
    if (revision <= this.#compactRevision) return;
    this.#compactRevision = Math.min(revision, this.#revision);
    this.#history.dropBefore(this.#compactRevision);
  }

  /** Keeps the bounds of the history; nothing from `keepFrom` on is dropped. */
  trimHistory(keepFrom: number): void {
    if (this.#history.trim(this.#limits, keepFrom)) this.#compactRevision = this.#history.oldestRevision ?? this.#revision;
  }

  /** Takes back all revisions after `revision`. */
  undoTo(revision: number): void {
    while (this.#revision > revision) {
      const batch = this.#history.pop();
      if (batch === undefined) return;
      for (const event of batch.events.toReversed()) this.#write(event.type === 'put' ? event.entry.key : event.key, event.previous);
      this.#revision = batch.revision - 1;
    }
  }

  /** The state before the oldest retained change, in no order, from which replaying the changes leads to the present. */
  base(): { readonly revision: number; readonly entries: readonly KeyValue[]; readonly changes: readonly RevisionEvents[] } {
    const revision = (this.#history.oldestRevision ?? this.#revision + 1) - 1;
    return { revision, entries: this.#entriesAt({ prefix: '' }, revision), changes: [...this.#history.from(0)] };
  }

  /** Starts from a {@link VersionedState.base}; its entries follow by {@link VersionedState.load}. */
  reset(revision: number, compactRevision: number): void {
    this.#revision = revision;
    this.#compactRevision = compactRevision;
  }

  /** Adds an entry of a base. */
  load(entry: KeyValue): void {
    this.#write(entry.key, entry);
  }

  #apply(operation: Operation, events: KvEvent[], ranges: (readonly KeyValue[])[]): void {
    switch (operation.type) {
      case 'put':
        // A copy, because the caller may use its bytes again.
        events.push(this.#put(operation.key, Buffer.from(operation.value), operation.lease ?? '0'));
        break;
      case 'delete':
        for (const entry of this.#select(operation)) this.#deleteKey(entry.key, events);
        break;
      case 'range':
        ranges.push(this.#select(operation));
        break;
    }
  }

  #put(key: string, value: Uint8Array, lease: string): KvEvent {
    const revision = this.#revision + 1;
    const previous = this.#index.get(key);
    const entry: KeyValue = {
      key,
      value,
      createRevision: previous?.createRevision ?? revision,
      modRevision: revision,
      version: (previous?.version ?? 0) + 1,
      lease,
    };
    this.#write(key, entry);
    return previous === undefined ? { type: 'put', entry } : { type: 'put', entry, previous };
  }

  #deleteKey(key: string, events: KvEvent[]): void {
    const previous = this.#index.get(key);
    if (previous === undefined) return;
    this.#write(key, undefined);
    events.push({ type: 'delete', key, modRevision: this.#revision + 1, previous });
  }

  /** Makes the events the next revision, unless there are none. */
  #close(events: KvEvent[]): RevisionEvents | undefined {
    if (events.length === 0) return undefined;
    const batch = { revision: ++this.#revision, events };
    this.#history.push(batch);
    return batch;
  }

  /** The one place where entries change: index, sizes and leases follow. */
  #write(key: string, entry: KeyValue | undefined): void {
    const before = this.#index.get(key);
    if (before !== undefined) {
      this.#liveBytes -= entryBytes(before);
      if (before.lease !== '0') this.#leases.get(before.lease)?.keys.delete(key);
    }
    if (entry === undefined) {
      this.#index.delete(key);
      return;
    }
    this.#liveBytes += entryBytes(entry);
    if (entry.lease !== '0') this.#leases.get(entry.lease)?.keys.add(key);
    this.#index.set(key, entry);
  }

  #select(selector: KeySelector): readonly KeyValue[] {
    if ('prefix' in selector) return [...this.#index.withPrefix(selector.prefix)];
    const entry = this.#index.get(selector.key);
    return entry === undefined ? [] : [entry];
  }

  /** Entries of a past revision, the ones that have changed since at the end. */
  #entriesAt(selector: KeySelector, revision: number): readonly KeyValue[] {
    const matches = (key: string): boolean => ('key' in selector ? key === selector.key : key.startsWith(selector.prefix));
    // The first change of a key after the revision knows what was there at the revision.
    const then = new Map<string, KeyValue | undefined>();
    for (const { events } of this.#history.from(revision + 1)) {
      for (const event of events) {
        const key = event.type === 'put' ? event.entry.key : event.key;
        if (matches(key) && !then.has(key)) then.set(key, event.previous);
      }
    }
    const present = this.#select(selector);
    if (then.size === 0) return present;
    const entries = present.filter((entry) => !then.has(entry.key));
    for (const entry of then.values()) if (entry !== undefined) entries.push(entry);
    return entries;
  }

  #checkLease(lease: string | undefined): void {
    if (lease === undefined || lease === '0' || this.#leases.has(lease)) return;
    throw new SeamarkError('SM_STORE_LEASE_LOST', `lease ${lease} does not exist`);
  }

  #holds(compare: Compare): boolean {
    const entry = this.#index.get(compare.key);
    if (compare.target === 'value') {
      if (entry === undefined) return false;
      return (Buffer.compare(entry.value, compare.value) === 0) === (compare.op === '=');
    }
    const actual = entry?.[compare.target] ?? 0;
    if (compare.op === '=') return actual === compare.value;
    if (compare.op === '!=') return actual !== compare.value;
    return compare.op === '<' ? actual < compare.value : actual > compare.value;
  }
}

function entryBytes(entry: KeyValue): number {
  return entry.key.length + entry.value.length + entryOverheadBytes;
}
