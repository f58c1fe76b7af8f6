import { type Clock, systemClock } from '@seamark/common/controller';
import { messageOf } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';

import { entryOfRecord } from '../../snapshot/record-value.ts';
import type { HistoryMark, SnapshotEntry } from '../../snapshot/snapshot-format.ts';
import { writeSnapshot } from '../../snapshot/write-snapshot.ts';
import type { SkydnsZones } from '../../zone/skydns/index.ts';
import type { SkydnsRecord } from '../../zone/skydns/skydns-record.ts';

/** Options of {@link SnapshotKeeper}. */
export interface SnapshotKeeperOptions {
  readonly file: string;
  /** From a change to the snapshot that has it, at most, plus the time of writing. */
  readonly intervalMs: number;
  readonly prefix: string;
  readonly source: string;
  readonly logger: Logger;
  /** What is held now. */
  readonly zones: () => readonly SkydnsZones[];
  /** Up to which revision of the store that is true, and by what the store is known again. */
  readonly history: () => { readonly asOf: number; readonly marks: readonly HistoryMark[] };
  readonly clock?: Clock;
}

/** Writes what is held to disk, at intervals while it changes and at the end. A failure is logged, and tried again after the interval. */
export class SnapshotKeeper {
  private readonly options: SnapshotKeeperOptions;
  private readonly clock: Clock;
  private timer: Disposable | undefined;
  private writing: Promise<void> | undefined;
  private dirty = false;

  constructor(options: SnapshotKeeperOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
  }

  /** Says that there is something new to write. */
  changed(): void {
    this.dirty = true;
    this.timer ??= this.clock.schedule(this.options.intervalMs, () => {
      this.timer = undefined;
      this.writing ??= this.write().finally(() => {
        this.writing = undefined;
        if (this.dirty) this.changed();
      });
    });
  }

  /** Writes what has not been written, and no more. */
  async close(): Promise<void> {
    await this.writing;
    const { timer } = this;
    if (timer !== undefined) timer[Symbol.dispose]();
    if (this.dirty) await this.write();
  }

  private async write(): Promise<void> {
    const { file, prefix, source, logger, zones, history } = this.options;
    this.dirty = false;
    const held = zones();
    // Records do not change, so these references are the content of this moment however long the writing takes.
    const records = new Map<string, SkydnsRecord>();
    for (const each of held) for (const record of each.records()) records.set(record.key, record);
    const covered = [...new Set(held.flatMap((each) => [...each.tree.zones()].map(({ label }) => label)))];
    const header = {
      prefix,
      zones: covered,
      revision: held[0]?.revision ?? 0,
      ...history(),
      entries: records.size,
      writtenAtMs: this.clock.wallMs(),
      source,
    };
    try {
      await writeSnapshot(file, header, entriesOf(records.values()));
    } catch (error) {
      this.dirty = true;
      logger.error(`the snapshot ${file} could not be written: ${messageOf(error)}`, { err: error });
    }
  }
}

function* entriesOf(records: Iterable<SkydnsRecord>): Generator<SnapshotEntry> {
  for (const record of records) yield entryOfRecord(record);
}
