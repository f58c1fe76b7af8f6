import type { Clock } from '@seamark/common/controller';
import type { DurableLog } from '@seamark/common/durable-log';
import { SeamarkError } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';
import type {
  KeySelector,
  KvLease,
  KvStore,
  KvWatch,
  RangeResult,
  RequestOptions,
  Transaction,
  TransactionResult,
  WatchListener,
  WatchOptions,
} from '../kv-store.ts';
import { checkSelector, checkTransaction, rejected } from './check-transaction.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { encodeChanges, encodeCompact, encodeLease } from './store-record.ts';
import { snapshotRecords } from './store-snapshot.ts';
import type { VersionedState } from './versioned-state.ts';
import { WatchHub } from './watch-hub.ts';

/** A log is compacted when it is this many times what the compacted one would hold: each byte is then rewritten a third of a time on average. */
const compactionFactor = 4;

/** A {@link KvStore} that lives in this process. */
export interface EmbeddedStore extends KvStore {
  readonly driver: 'embedded';
  /**
   * Throws history before `revision` away, as etcd's Compact does: reading at `revision` still works. The bounds of the history do so by
   * themselves. Throws SM_STORE_REJECTED for a revision of the future.
   */
  compactHistory(revision: number): Promise<void>;
}

/** Parts of an {@link OpenStore}, made by openEmbeddedStore. */
interface OpenStoreParts {
  readonly description: string;
  readonly state: VersionedState;
  readonly log: DurableLog;
  readonly clock: Clock;
  /** A number of 0..1. */
  readonly random: () => number;
  readonly logger: Logger | undefined;
  readonly minCompactionBytes: number;
  /** Gives the folder back. */
  readonly release: () => Promise<void>;
}

/**
 * - `open`
 * - `failed`: a write failed; reads and watches go on with what is durable, writes are refused
 * - `closed`
 */
type StorePhase = { readonly phase: 'open' } | { readonly phase: 'failed'; readonly error: unknown } | { readonly phase: 'closed' };

/**
 * The store over its state and log. A transaction is applied in memory at once, so that the next one sees it and both share an
 * fsync; its result is given, and watches are told, when it is durable. Nobody learns of what a crash could take back: reads
 * and failed compares, too, wait for what they have seen.
 */
export class OpenStore implements EmbeddedStore {
  readonly driver = 'embedded';
  readonly description: string;
  readonly #state: VersionedState;
  readonly #log: DurableLog;
  readonly #logger: Logger | undefined;
  readonly #random: () => number;
  readonly #minCompactionBytes: number;
  readonly #release: () => Promise<void>;
  readonly #watches: WatchHub;
  readonly #leases: LeaseKeeper;
  #phase: StorePhase = { phase: 'open' };
  #committedRevision: number;
  /** Settles with the last append, after its changes have been told. */
  #tail: Promise<void> = Promise.resolve();
  #compactAboveBytes = 0;
  #compacting = false;
  #closing: Promise<void> | undefined;

  constructor(parts: OpenStoreParts) {
    this.description = parts.description;
    this.#state = parts.state;
    this.#log = parts.log;
    this.#logger = parts.logger;
    this.#random = parts.random;
    this.#minCompactionBytes = parts.minCompactionBytes;
    this.#release = parts.release;
    this.#committedRevision = parts.state.revision;
    const committed = (): number => this.#committedRevision;
    this.#watches = new WatchHub({
      source: {
        get committedRevision() {
          return committed();
        },
        get compactRevision() {
          return parts.state.compactRevision;
        },
        changesFrom: (revision) => parts.state.changesFrom(revision),
        settled: () => this.#tail,
      },
      onListenerError: (error) => this.#logger?.error('a watch listener failed', { err: error }),
    });
    this.#leases = new LeaseKeeper({ clock: parts.clock, endLease: (id) => this.#endLease(id) });
    for (const [id, { ttlSeconds }] of parts.state.leases) this.#leases.expire(id, ttlSeconds);
  }

  async range(selector: KeySelector, options: RequestOptions & { readonly revision?: number } = {}): Promise<RangeResult> {
    this.#checkReadable(options.signal);
    checkSelector(selector);
    const result = this.#state.range(selector, options.revision);
    await this.#settled(this.#tail, options.signal);
    return result;
  }

  async transact(transaction: Transaction, options: RequestOptions = {}): Promise<TransactionResult> {
    this.#checkWritable(options.signal);
    checkTransaction(transaction);
    const { result, batch } = this.#state.transact(transaction);
    if (batch !== undefined) this.#append(encodeChanges(batch), batch.revision);
    await this.#settled(this.#tail, options.signal);
    return result;
  }

  watch(options: WatchOptions, listener: WatchListener): KvWatch {
    if (this.#phase.phase === 'closed') throw new SeamarkError('SM_STORE_CLOSED', `${this.description} is closed`);
    return this.#watches.start(options, listener);
  }

  async grantLease(ttlSeconds: number, options: RequestOptions = {}): Promise<KvLease> {
    this.#checkWritable(options.signal);
    if (!(ttlSeconds > 0 && ttlSeconds <= Number.MAX_SAFE_INTEGER)) throw rejected(`a lease of ${ttlSeconds} seconds`);
    const id = this.#newLeaseId();
    // etcd counts whole seconds.
    const ttl = Math.ceil(ttlSeconds);
    this.#state.addLease(id, ttl);
    this.#append(encodeLease(id, ttl), this.#state.revision);
    const lease = this.#leases.keep(id, ttl);
    try {
      await this.#settled(this.#tail, options.signal);
    } catch (error) {
      // Nobody will hold this lease.
      void lease.revoke().catch(() => undefined);
      throw error;
    }
    return lease;
  }

  leaseTimeToLive(id: string): Promise<number | undefined> {
    if (this.#phase.phase === 'closed') return Promise.reject(new SeamarkError('SM_STORE_CLOSED', `${this.description} is closed`));
    return Promise.resolve(this.#state.leases.get(id)?.ttlSeconds);
  }

  async compactHistory(revision: number): Promise<void> {
    this.#checkWritable(undefined);
    if (revision > this.#state.revision) throw rejected(`revision ${revision} is in the future: the store is at ${this.#state.revision}`);
    await this.#tail;
    this.#checkWritable(undefined);
    this.#state.compactHistory(revision);
    this.#append(encodeCompact(revision), this.#committedRevision);
    await this.#tail;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#phase = { phase: 'closed' };
    this.#watches.close();
    this.#leases.close();
    try {
      await this.#log.close();
    } finally {
      await this.#release();
    }
  }

  async #endLease(id: string): Promise<void> {
    this.#checkWritable(undefined);
    if (!this.#state.leases.has(id)) return;
    const batch = this.#state.endLease(id);
    this.#append(encodeChanges(batch, id), this.#state.revision);
    await this.#tail;
  }

  /** Makes a record durable; `revision` is the last one that is durable with it. */
  #append(record: Uint8Array, revision: number): void {
    this.#tail = this.#log.append(record).then(
      () => this.#commit(revision),
      (cause: unknown) => this.#fail(cause),
    );
    // Callers wait for the tail of their moment; the last one may have none.
    this.#tail.catch(() => undefined);
  }

  #commit(revision: number): void {
    const first = this.#committedRevision + 1;
    if (revision >= first) {
      this.#committedRevision = revision;
      for (const batch of this.#state.changesFrom(first)) {
        if (batch.revision > revision) break;
        this.#watches.deliver(batch);
      }
      this.#state.trimHistory(revision);
    }
    this.#compactIfLarge();
  }

  #fail(cause: unknown): never {
    if (this.#phase.phase === 'open') {
      this.#phase = { phase: 'failed', error: cause };
      this.#state.undoTo(this.#committedRevision);
      this.#tail = Promise.resolve();
      this.#logger?.error('the embedded store takes no more writes', { err: cause });
    }
    throw cause;
  }

  #compactIfLarge(): void {
    const limit = Math.max(this.#minCompactionBytes, this.#compactAboveBytes, compactionFactor * this.#state.snapshotBytes);
    if (this.#compacting || this.#phase.phase !== 'open' || this.#log.sizeBytes <= limit) return;
    this.#compacting = true;
    void this.#log
      .compact(snapshotRecords(this.#state))
      .then(
        () => {
          this.#compactAboveBytes = 0;
        },
        (error: unknown) => {
          // The log goes on as it was; trying at every write would only make a full disk busy.
          this.#compactAboveBytes = this.#log.sizeBytes * 2;
          if (this.#phase.phase === 'open') this.#logger?.warn('the data file could not be compacted', { err: error });
        },
      )
      .finally(() => {
        this.#compacting = false;
      });
  }

  /** An id of 1..2^53 that no lease of this store has. */
  #newLeaseId(): string {
    for (;;) {
      const id = String(1 + Math.floor(this.#random() * (Number.MAX_SAFE_INTEGER - 1)));
      if (!this.#state.leases.has(id)) return id;
    }
  }

  #checkReadable(signal: AbortSignal | undefined): void {
    if (this.#phase.phase === 'closed') throw new SeamarkError('SM_STORE_CLOSED', `${this.description} is closed`);
    if (signal?.aborted === true) throw abortError(signal);
  }

  #checkWritable(signal: AbortSignal | undefined): void {
    this.#checkReadable(signal);
    if (this.#phase.phase === 'failed') throw this.#phase.error;
  }

  /** Waits for `durable`, or throws for the signal; what was taken stays taken then. */
  async #settled(durable: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    if (signal === undefined) return durable;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(abortError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([durable, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

function abortError(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new SeamarkError('SM_STORE_UNAVAILABLE', 'the embedded store did not finish in time', { cause: reason });
  }
  return reason;
}
