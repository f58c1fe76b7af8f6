/** One key with its value as of a revision. Keys are UTF-8 text; values are bytes. */
export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  /** Revision of the transaction that made the key (etcd `create_revision`). */
  readonly createRevision: number;
  /** Revision of the last write of the key. */
  readonly modRevision: number;
  /** Writes since the key was made, starting at 1. */
  readonly version: number;
  /** Lease that ends the key; `'0'` = none. Decimal text because etcd's ids exceed 2^53. */
  readonly lease: string;
}

/** A key, or all keys that start with a prefix (an empty prefix is everything). */
export type KeySelector = { readonly key: string } | { readonly prefix: string };

/** What a range read returns: all keys in byte order, as of one revision, however many pages it took. */
export interface RangeResult {
  readonly revision: number;
  readonly entries: readonly KeyValue[];
}

/** A condition of a transaction. A key that does not exist has modRevision, createRevision and version 0; a compare of its value never holds. */
export type Compare =
  | {
      readonly key: string;
      readonly target: 'modRevision' | 'createRevision' | 'version';
      readonly op: '=' | '!=' | '<' | '>';
      readonly value: number;
    }
  | { readonly key: string; readonly target: 'value'; readonly op: '=' | '!='; readonly value: Uint8Array };

/** A step of a transaction. */
export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array; readonly lease?: string | undefined }
  | ({ readonly type: 'delete' } & KeySelector)
  | ({ readonly type: 'range' } & KeySelector);

/**
 * An atomic step: `success` when all compares hold, else `failure`. All its changes share one revision, and its range steps see the
 * steps before them. A branch that puts a key twice, or puts and deletes it, is refused with SM_STORE_REJECTED.
 */
export interface Transaction {
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure?: readonly Operation[];
}

/**
 * Result of a transaction: `revision` is its own when it changed something, else the store's present one; `ranges` holds the results of
 * its range steps, in order, with that same revision.
 */
export interface TransactionResult {
  readonly succeeded: boolean;
  readonly revision: number;
  readonly ranges: readonly RangeResult[];
}

/** One change seen by a watch. `previous` is given when the watch asks for it and the store still knows it. */
export type KvEvent =
  | { readonly type: 'put'; readonly entry: KeyValue; readonly previous?: KeyValue | undefined }
  | { readonly type: 'delete'; readonly key: string; readonly modRevision: number; readonly previous?: KeyValue | undefined };

/** All changes that one revision made below the watched prefix: never split, never merged, in order of revision. */
export interface RevisionEvents {
  readonly revision: number;
  readonly events: readonly KvEvent[];
}

/** What a watch delivers. */
export interface WatchListener {
  /** Complete revisions in order, each exactly once. */
  onEvents(batch: RevisionEvents): void;
  /** Everything up to and including this revision has been delivered (nothing below the prefix changed since). */
  onProgress?(revision: number): void;
  /** The stream is being re-made after a failure; delivery resumes at last delivered revision + 1. */
  onInterrupted?(error: unknown): void;
  /** The stream is up (first time and after each interruption). */
  onConnected?(): void;
  /**
   * History before `compactRevision` is gone, or the store has gone back to it (data lost or restored), so changes were missed; the watch
   * has ended. Read the present state and watch anew. A watch whose next revision is `compactRevision` itself is told so too where the
   * store cannot vouch for the changes of that revision (etcd may have lost its deletes); else it gets them all (embedded).
   */
  onCompacted(compactRevision: number): void;
}

/** Options of {@link KvStore.watch}. */
export interface WatchOptions {
  readonly prefix: string;
  /**
   * First revision to deliver: the one after that of the range that was read. Such a watch misses nothing, whatever is compacted up to
   * the revision of the range.
   */
  readonly fromRevision: number;
  /** Whether events come with what was there before, which makes etcd send twice as much. Default false: they may. */
  readonly withPrevious?: boolean;
  readonly signal: AbortSignal;
}

/** A running watch; it ends with the signal of its options. */
export interface KvWatch {
  /**
   * Asks how far delivery has come: `onProgress` follows with the store's present revision (or a later one) as soon as everything
   * up to it has been delivered; after an interruption, when the stream is up again.
   */
  requestProgress(): void;
  /**
   * False when the store is known not to answer {@link KvWatch.requestProgress}: etcd before 3.4.25 and 3.5.8, whose progress answers may
   * overtake events. Absent or true otherwise.
   */
  readonly answersProgress?: boolean;
}

/** Options of every request. */
export interface RequestOptions {
  /**
   * Ends the request, retries included, with the signal's reason (SM_STORE_UNAVAILABLE when that is a TimeoutError). Without it
   * the driver's own overall deadline (default 5 s, retries included) holds.
   */
  readonly signal?: AbortSignal | undefined;
}

/** A granted lease, kept alive by the driver until revoked, lost, or the store is closed. */
export interface KvLease {
  readonly id: string;
  readonly ttlSeconds: number;
  /** Aborted when the lease is certainly or possibly gone: revoked, expired, or not confirmed within its TTL by the monotonic clock. */
  readonly lost: AbortSignal;
  revoke(): Promise<void>;
}

/**
 * A key-value store with etcd's semantics: revisions, transactions with compares, watch from a revision, leases. Two drivers,
 * `createEtcdStore` and `openEmbeddedStore`; one contract suite runs against both. Errors are SeamarkErrors with SM_STORE_*.
 */
export interface KvStore {
  readonly driver: 'etcd' | 'embedded';
  /** For people and for comparing two configurations: endpoints or file, never credentials. */
  readonly description: string;
  /** Reads at `revision` (default: now). Throws SM_STORE_COMPACTED when that is gone. Reads any number of keys, in pages. */
  range(selector: KeySelector, options?: RequestOptions & { readonly revision?: number }): Promise<RangeResult>;
  /** Never applies a transaction twice: when SM_STORE_UNAVAILABLE leaves open whether it was applied, the message says so. */
  transact(transaction: Transaction, options?: RequestOptions): Promise<TransactionResult>;
  /** Starts a watch; it re-makes its stream by itself for as long as `signal` is not aborted. */
  watch(options: WatchOptions, listener: WatchListener): KvWatch;
  grantLease(ttlSeconds: number, options?: RequestOptions): Promise<KvLease>;
  /** Seconds until a lease ends unless it is kept alive, at least 0; `undefined` = there is no such lease (any more). */
  leaseTimeToLive(id: string, options?: RequestOptions): Promise<number | undefined>;
  /** Ends all watches and leases' keepalives and frees the connection or file; idempotent. */
  close(): Promise<void>;
}
