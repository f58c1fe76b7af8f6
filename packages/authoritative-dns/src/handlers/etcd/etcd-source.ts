import { type Clock, systemClock } from '@seamark/common/controller';
import { messageOf } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';
import { createMirror, type KeyValue, type KvStore, type Mirror, type RevisionEvents } from '@seamark/kv-store-client';

import { sayOutages } from '../../say-outages.ts';
import { readSnapshot, type Snapshot } from '../../snapshot/read-snapshot.ts';
import { LastChange, type SkydnsZones } from '../../zone/skydns/index.ts';
import { LeaseWatcher } from './lease-watcher.ts';
import { returnMemory } from './return-memory.ts';
import { restoreSnapshot } from './restore-snapshot.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { compareHistory, StoreHistory } from './store-history.ts';

/** Options of {@link EtcdSource}. */
export interface EtcdSourceOptions {
  readonly store: KvStore;
  readonly prefix: string;
  readonly snapshot?: { readonly file: string; readonly intervalMs: number };
  readonly logger: Logger;
  /** The store was made for this source and ends with it. */
  readonly closesStore: boolean;
  readonly clock?: Clock;
}

/** Where the content of a source is from. */
export type SourceState =
  | { readonly phase: 'empty'; readonly problem: string | undefined }
  /** `staleMs`: for how long nothing has been heard of the store; since the file was written, where that is from a snapshot. */
  | { readonly phase: 'serving'; readonly from: 'store' | 'snapshot'; readonly staleMs: number };

/** Time that a start waits for content; afterwards questions get SERVFAIL until there is some. */
const startWaitMs = 5_000;
/** Time that the store has to say whether a snapshot is its own; afterwards it is served all the same. */
const verdictWaitMs = 500;
/** Time that changes since the snapshot have to arrive before it is served without them. */
const catchUpWaitMs = 1_000;
/** Entries whose reading leaves so much behind that it is given back, once what follows a reading has been done. */
const manyEntries = 20_000;
const returnMemoryAfterMs = 1_000;

/** One store below one prefix for all zones that are made of it: one watch, one snapshot. Started and stopped once per user. */
export class EtcdSource {
  readonly leases: LeaseWatcher;
  private readonly options: EtcdSourceOptions;
  private readonly clock: Clock;
  private readonly halt = new AbortController();
  private readonly lastChange: LastChange;
  private readonly zones = new Set<SkydnsZones>();
  private readonly busy: (() => boolean)[] = [];
  private memoryReturn: Disposable | undefined;
  private readonly listeners = new Set<() => void>();
  /** Kept for the snapshot alone. */
  private readonly history = new StoreHistory();
  /** It is known whether the snapshot is of the store, or the store takes long to say so. */
  private readonly verdict = Promise.withResolvers<void>();
  /** Of a store that is followed from the snapshot on, when that began. */
  private presentRevision: number | undefined;
  /** The store has another content than the snapshot. No AbortSignal: its error would hold the whole content of the store by its stack. */
  private isOtherContent = false;
  private mirror: Mirror | undefined;
  private keeper: SnapshotKeeper | undefined;
  private starting: Promise<void> | undefined;
  private users = 0;
  private synced = false;
  private snapshotWrittenAtMs: number | undefined;
  private problem: string | undefined;
  private snapshotProblem: string | undefined;

  constructor(options: EtcdSourceOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.leases = new LeaseWatcher(options.store, this.clock);
    const { store, prefix } = options;
    this.lastChange = new LastChange({ store, prefix, clock: this.clock, signal: this.halt.signal });
  }

  /** Adds zones that are kept true, and what says that more is being made of them now; before the first {@link start}. */
  add(zones: SkydnsZones, isBusy: () => boolean = () => false): void {
    this.zones.add(zones);
    this.busy.push(isBusy);
  }

  /** Told after each change of the content, in the same turn. */
  onChange(listener: () => void): Disposable {
    this.listeners.add(listener);
    return { [Symbol.dispose]: () => void this.listeners.delete(listener) };
  }

  /**
   * Resolves when there is content, from the store or the snapshot, whichever comes first, or after {@link startWaitMs} without: the
   * store is waited for all the same.
   */
  start(): Promise<void> {
    this.users++;
    return (this.starting ??= this.open());
  }

  /** After the last user's: writes the snapshot and ends the watch. */
  async stop(): Promise<void> {
    if (--this.users > 0) return;
    this.halt.abort();
    this.leases.close();
    this.memoryReturn?.[Symbol.dispose]();
    await this.keeper?.close();
    if (this.options.closesStore) await this.options.store.close();
  }

  /** Where it stands. */
  state(): SourceState {
    if (this.synced) {
      const state = this.mirror?.state();
      return { phase: 'serving', from: 'store', staleMs: state?.phase === 'stale' ? this.clock.monotonicMs() - state.sinceMs : 0 };
    }
    if (this.snapshotWrittenAtMs === undefined) return { phase: 'empty', problem: this.snapshotProblem ?? this.problem };
    return { phase: 'serving', from: 'snapshot', staleMs: Math.max(0, this.clock.wallMs() - this.snapshotWrittenAtMs) };
  }

  private async open(): Promise<void> {
    const { store, prefix, logger, snapshot: kept } = this.options;
    if (kept !== undefined) {
      this.keeper = new SnapshotKeeper({
        ...kept,
        prefix,
        source: store.description,
        logger,
        zones: () => [...this.zones],
        history: () => ({ asOf: this.mirror?.revision ?? 0, marks: this.history.marks() }),
      });
    }
    const snapshot = kept === undefined ? undefined : await this.readSnapshot(kept.file);
    const restoring = snapshot === undefined ? undefined : this.restore(snapshot);
    this.mirror = createMirror({
      store,
      prefix,
      signal: this.halt.signal,
      ...(snapshot === undefined || restoring === undefined
        ? {}
        : { resume: { revision: snapshot.header.asOf, isSame: () => this.isSame(snapshot, restoring) } }),
      fold: {
        reset: (entries, revision) => this.reset(entries, revision),
        apply: (batch) => this.apply(batch),
      },
      onFoldError: (error) => logger.error('a change of etcd could not be applied whole', { err: error }),
      onReadError: (error) => {
        this.problem = messageOf(error);
        logger.warn(`etcd cannot be read: ${this.problem}`, { err: error });
      },
    });
    sayOutages(this.mirror, 'etcd', logger, this.clock);
    const waited = Promise.withResolvers<void>();
    const timers = [this.clock.schedule(startWaitMs, waited.resolve), this.clock.schedule(verdictWaitMs, this.verdict.resolve)];
    const synced = this.mirror.synced.then(() => this.caughtUp()).catch(() => undefined);
    const restored = restoring?.then((isDone) => (isDone && !this.synced ? undefined : synced));
    await Promise.race([synced, waited.promise, ...(restored === undefined ? [] : [restored])]);
    for (const timer of timers) timer[Symbol.dispose]();
  }

  /** A start ends with what the store has then, not with what it had when the snapshot was written. */
  private async caughtUp(): Promise<void> {
    const { presentRevision } = this;
    if (presentRevision === undefined) return;
    const signal = AbortSignal.any([this.halt.signal, AbortSignal.timeout(catchUpWaitMs)]);
    await this.mirror?.reached(presentRevision, signal).catch(() => undefined);
  }

  /** The snapshot, unless there is none that can be used. */
  private async readSnapshot(file: string): Promise<Snapshot | undefined> {
    const { prefix, logger } = this.options;
    try {
      const zones = [...this.zones].flatMap(({ tree }) => [...tree.zones()].map(({ label }) => label));
      const snapshot = await readSnapshot(file, { prefix, zones });
      if (snapshot === undefined) logger.info(`there is no snapshot ${file} to start from`);
      return snapshot;
    } catch (error) {
      logger.error(messageOf(error), { err: error });
      this.snapshotProblem = messageOf(error);
      return undefined;
    }
  }

  /** Answers from the snapshot when all of it has been taken in; false when the store turned out to have another content. */
  private async restore(snapshot: Snapshot): Promise<boolean> {
    const { logger } = this.options;
    const { revision, marks, writtenAtMs } = snapshot.header;
    const started = this.clock.monotonicMs();
    try {
      const isWanted = (): boolean => !this.isOtherContent && !this.halt.signal.aborted;
      if (!(await restoreSnapshot(snapshot, [...this.zones], isWanted))) return false;
      await this.verdict.promise;
      if (!isWanted()) return false;
      for (const zones of this.zones) zones.restored(revision);
    } catch (error) {
      logger.error(`the snapshot could not be taken in: ${messageOf(error)}`, { err: error });
      return false;
    }
    this.history.restore(marks);
    this.snapshotWrittenAtMs = writtenAtMs;
    this.tell();
    if (snapshot.entries.count >= manyEntries) this.returnMemoryLater();
    const ageSeconds = Math.round((this.clock.wallMs() - writtenAtMs) / 1000);
    const tookMs = Math.round(this.clock.monotonicMs() - started);
    logger.info(`answering as of revision ${revision} from the snapshot, ${ageSeconds} s old, read in ${tookMs} ms`);
    return true;
  }

  /** Whether the store is the one that the snapshot was taken of, so that it has only to be followed from there. */
  private async isSame({ header }: Snapshot, restoring: Promise<boolean>): Promise<boolean> {
    const { store, logger } = this.options;
    const { verdict, revision } = await compareHistory(store, header.asOf, header.marks, this.halt.signal);
    if (verdict === 'other') this.isOtherContent = true;
    this.verdict.resolve();
    const isRestored = await restoring;
    if (verdict !== 'same' || !isRestored) {
      const why = verdict === 'compacted' ? 'is compacted' : 'is not of this etcd, or of before a restore';
      logger.info(`all of etcd is read, since revision ${header.asOf}, that of the snapshot, ${why}`);
      return false;
    }
    this.presentRevision = revision;
    this.synced = true;
    this.problem = undefined;
    return true;
  }

  private reset(entries: readonly KeyValue[], revision: number): void {
    this.isOtherContent = true;
    const [{ revision: known } = { revision: 0 }] = this.zones;
    const changedAt = this.lastChange.among(entries, revision, known);
    for (const zones of this.zones) zones.reset(entries, changedAt);
    this.lastChange.findDeletions(changedAt, revision, (at) => this.deletedAt(at));
    if (this.keeper !== undefined) this.history.reset(entries);
    this.options.logger.info(`etcd has been read as of revision ${revision}: ${entries.length} keys`);
    this.synced = true;
    this.problem = undefined;
    this.tell();
    if (entries.length >= manyEntries) this.returnMemoryLater();
  }

  private deletedAt(revision: number): void {
    for (const zones of this.zones) zones.changedAt(revision);
    this.tell();
  }

  /** Once nothing is made of what was read any more: JavaScript stands still meanwhile. */
  private returnMemoryLater(): void {
    this.memoryReturn?.[Symbol.dispose]();
    this.memoryReturn = this.clock.schedule(returnMemoryAfterMs, () => {
      if (this.busy.some((isBusy) => isBusy())) this.returnMemoryLater();
      else returnMemory();
    });
  }

  private apply(batch: RevisionEvents): void {
    for (const zones of this.zones) zones.apply(batch);
    if (this.keeper !== undefined) this.history.apply(batch);
    this.tell();
  }

  private tell(): void {
    if (this.synced) this.keeper?.changed();
    for (const listener of this.listeners) listener();
  }
}
