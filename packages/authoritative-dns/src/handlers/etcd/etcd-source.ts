import { type Clock, systemClock } from '@seamark/common/controller';
import { messageOf } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';
import { createMirror, type KeyValue, type KvStore, type Mirror, type RevisionEvents } from '@seamark/kv-store-client';

import { readSnapshot } from '../../snapshot/read-snapshot.ts';
import type { SkydnsZones } from '../../zone/skydns/index.ts';
import { LeaseWatcher } from './lease-watcher.ts';
import { returnMemory } from './return-memory.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';

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
/** Time that the store has to answer a first question before a snapshot is taken instead. */
const probeMs = 2_000;
/** Entries whose reading leaves so much behind that it is given back, once what follows a reading has been done. */
const manyEntries = 20_000;
const returnMemoryAfterMs = 1_000;

/** One store below one prefix for all zones that are made of it: one watch, one snapshot. Started and stopped once per user. */
export class EtcdSource {
  readonly leases: LeaseWatcher;
  private readonly options: EtcdSourceOptions;
  private readonly clock: Clock;
  private readonly halt = new AbortController();
  private readonly zones = new Set<SkydnsZones>();
  private readonly listeners = new Set<() => void>();
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
  }

  /** Adds zones that are kept true; before the first {@link start}. */
  add(zones: SkydnsZones): void {
    this.zones.add(zones);
  }

  /** Told after each change of the content, in the same turn. */
  onChange(listener: () => void): Disposable {
    this.listeners.add(listener);
    return { [Symbol.dispose]: () => void this.listeners.delete(listener) };
  }

  /**
   * Resolves when there is content, from the store or else from the snapshot, or after {@link startWaitMs} without: the store is waited
   * for all the same.
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
    const { store, prefix, logger, snapshot } = this.options;
    if (snapshot !== undefined) {
      this.keeper = new SnapshotKeeper({ ...snapshot, prefix, source: store.description, logger, zones: () => [...this.zones] });
    }
    this.mirror = createMirror({
      store,
      prefix,
      signal: this.halt.signal,
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
    this.mirror.subscribe((state) => {
      if (state.phase === 'stale') logger.warn(`etcd is away; answering as of revision ${state.revision}`, { err: state.error });
    });
    const waited = Promise.withResolvers<void>();
    const timer = this.clock.schedule(startWaitMs, waited.resolve);
    const fallback = snapshot === undefined ? waited.promise : this.fromSnapshot(snapshot.file);
    await Promise.race([this.mirror.synced.catch(() => undefined), waited.promise, ...(snapshot === undefined ? [] : [fallback])]);
    timer[Symbol.dispose]();
  }

  /** Takes the snapshot when the store does not answer; resolves when there is content, and never when there is none. */
  private async fromSnapshot(file: string): Promise<void> {
    const { store, prefix, logger } = this.options;
    try {
      await store.range({ key: prefix }, { signal: AbortSignal.any([AbortSignal.timeout(probeMs), this.halt.signal]) });
      return await this.mirror?.synced;
    } catch (error) {
      if (this.synced || this.halt.signal.aborted) return;
      this.problem ??= messageOf(error);
    }
    const started = this.clock.monotonicMs();
    try {
      const snapshot = await readSnapshot(file, {
        prefix,
        zones: [...this.zones].flatMap((zones) => [...zones.tree.zones()].map(({ label }) => label)),
      });
      if (snapshot !== undefined && !this.synced && !this.halt.signal.aborted) {
        const { revision, writtenAtMs } = snapshot.header;
        for (const zones of this.zones) zones.reset(snapshot.entries, revision);
        this.snapshotWrittenAtMs = writtenAtMs;
        this.tell();
        const tookMs = Math.round(this.clock.monotonicMs() - started);
        logger.warn(`etcd is away; answering from the snapshot ${file} as of revision ${revision}, read in ${tookMs} ms`, {
          err: this.problem,
        });
        return;
      }
      if (snapshot === undefined) logger.warn(`there is no snapshot ${file} to start from`);
    } catch (error) {
      logger.error(messageOf(error), { err: error });
      this.snapshotProblem = messageOf(error);
    }
    await this.mirror?.synced.catch(() => undefined);
  }

  private reset(entries: readonly KeyValue[], revision: number): void {
    for (const zones of this.zones) zones.reset(entries, revision);
    this.synced = true;
    this.problem = undefined;
    this.tell();
    if (entries.length >= manyEntries) this.clock.schedule(returnMemoryAfterMs, returnMemory);
  }

  private apply(batch: RevisionEvents): void {
    for (const zones of this.zones) zones.apply(batch);
    this.tell();
  }

  private tell(): void {
    if (this.synced) this.keeper?.changed();
    for (const listener of this.listeners) listener();
  }
}
