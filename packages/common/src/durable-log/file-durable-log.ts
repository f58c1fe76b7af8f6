import type { FileHandle } from 'node:fs/promises';
import { SeamarkError } from '../errors/index.ts';
import type { DurableLog } from './durable-log.ts';
import { encodeFrame, frameLength, maxPayloadBytes } from './frame.ts';
import { type UnfinishedCopy, writeCompacted } from './compaction.ts';
import { writeFailed, writeFully } from './log-file.ts';

/** Default of {@link DurableLogOptions.groupBytes}: some ten ms of a slow disk's sequential writes. */
export const defaultGroupBytes = 4 * 2 ** 20;

/** An open log file, as openDurableLog hands it over. */
interface OpenFile {
  readonly path: string;
  readonly file: FileHandle;
  readonly salt: number;
  /** Offset after the last whole record: where the next goes. */
  readonly end: number;
  readonly groupBytes: number;
}

/** Appends that share one write and one fsync. */
interface Group {
  readonly type: 'group';
  readonly payloads: Uint8Array[];
  readonly settle: PromiseWithResolvers<void>[];
  bytes: number;
}

/** Something that runs between two groups, when nothing is being written. */
interface Task {
  readonly type: 'task';
  run(): Promise<void> | void;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * - `open`: takes appends
 * - `failed`: a write failed; what is on disk up to `end` is sound, and nothing more is taken
 * - `closed`: takes nothing more; what was taken before is still being written
 */
type LogState = { readonly phase: 'open' } | { readonly phase: 'failed'; readonly error: SeamarkError } | { readonly phase: 'closed' };

/** A {@link DurableLog} on a file. One loop works through a queue of groups and tasks, so all that touches the file has one order. */
export class FileDurableLog implements DurableLog {
  readonly #path: string;
  readonly #salt: number;
  readonly #groupBytes: number;
  #file: FileHandle;
  #end: number;
  #state: LogState = { phase: 'open' };
  #queue: (Group | Task)[] = [];
  #working: Promise<void> | undefined;
  #compacting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(opened: OpenFile) {
    this.#path = opened.path;
    this.#file = opened.file;
    this.#salt = opened.salt;
    this.#end = opened.end;
    this.#groupBytes = opened.groupBytes;
  }

  get sizeBytes(): number {
    return this.#end;
  }

  append(record: Uint8Array): Promise<void> {
    if (this.#state.phase !== 'open') return Promise.reject(this.#refusal());
    if (record.length > maxPayloadBytes) {
      return Promise.reject(
        new SeamarkError('SM_STORE_WRITE_FAILED', `a record of ${record.length} bytes is larger than the limit of ${maxPayloadBytes}`),
      );
    }
    let group = this.#queue.at(-1);
    if (group?.type !== 'group' || group.bytes >= this.#groupBytes) {
      group = { type: 'group', payloads: [], settle: [], bytes: 0 };
      this.#queue.push(group);
    }
    const settle = Promise.withResolvers<void>();
    group.payloads.push(record);
    group.settle.push(settle);
    group.bytes += frameLength(record);
    this.#work();
    return settle.promise;
  }

  async compact(snapshot: Iterable<Uint8Array>): Promise<void> {
    if (this.#state.phase !== 'open') throw this.#refusal();
    if (this.#compacting !== undefined) throw new Error(`${this.#path} is being compacted already`);
    const compaction = this.#compact(snapshot);
    this.#compacting = compaction.catch(() => undefined);
    try {
      await compaction;
    } finally {
      this.#compacting = undefined;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#state.phase === 'open') this.#state = { phase: 'closed' };
    await this.#compacting;
    await this.#working;
    await this.#file.close();
  }

  async #compact(snapshot: Iterable<Uint8Array>): Promise<void> {
    // Appends queued before this call are older than the snapshot; the task runs after them, and before all later ones.
    let tailStart = 0;
    await this.#between(() => {
      tailStart = this.#end;
    });
    const copy = await writeCompacted({
      path: this.#path,
      salt: this.#salt,
      snapshot,
      tail: () => ({ file: this.#file, start: tailStart, end: this.#end }),
      checkpoint: () => {
        if (this.#state.phase !== 'open') throw this.#refusal();
      },
    });
    try {
      await this.#between(() => this.#switchTo(copy));
    } catch (error) {
      await copy.discard();
      throw error;
    }
  }

  /** Puts the rest of the tail into the copy and makes it the log; runs between two groups. */
  async #switchTo(copy: UnfinishedCopy): Promise<void> {
    let published: { readonly file: FileHandle; readonly end: number };
    try {
      published = await copy.publish();
    } catch (error) {
      if (copy.published()) {
        // Under the name there is now the copy, and whether that name survives power loss is unknown: neither file may take appends.
        this.#fail(writeFailed(this.#path, error));
      }
      throw writeFailed(this.#path, error);
    }
    const old = this.#file;
    this.#file = published.file;
    this.#end = published.end;
    await old.close().catch(() => undefined);
  }

  #between(run: () => Promise<void> | void): Promise<void> {
    if (this.#state.phase !== 'open') return Promise.reject(this.#refusal());
    const done = Promise.withResolvers<void>();
    this.#queue.push({ type: 'task', run, done });
    this.#work();
    return done.promise;
  }

  #work(): void {
    this.#working ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // Lets the caller's other appends of this turn join the first group.
    await Promise.resolve();
    for (let item = this.#queue.shift(); item !== undefined; item = this.#queue.shift()) {
      if (this.#state.phase === 'failed') rejectItem(item, this.#state.error);
      else if (item.type === 'group') await this.#writeGroup(item);
      else await runTask(item);
    }
    // In the same turn as the look at the empty queue: an append between the two would wait for ever.
    this.#working = undefined;
  }

  async #writeGroup(group: Group): Promise<void> {
    try {
      const bytes = Buffer.allocUnsafe(group.bytes);
      let offset = 0;
      for (const [index, payload] of group.payloads.entries()) offset = encodeFrame(bytes, offset, payload, this.#salt, index === 0);
      await writeFully(this.#file, bytes, this.#end);
      await this.#file.datasync();
      this.#end += bytes.length;
    } catch (error) {
      const failure = writeFailed(this.#path, error);
      this.#fail(failure);
      // So that what was refused is not found at the next open; where it does not work, whole records of the group may be found.
      await this.#file.truncate(this.#end).catch(() => undefined);
      rejectItem(group, failure);
      return;
    }
    for (const settle of group.settle) settle.resolve();
  }

  #fail(error: SeamarkError): void {
    this.#state = { phase: 'failed', error };
  }

  #refusal(): SeamarkError {
    // The cause of the first failure is what a person needs to see, however late the append.
    if (this.#state.phase === 'failed') return this.#state.error;
    return new SeamarkError('SM_STORE_CLOSED', `${this.#path} is closed`);
  }
}

function rejectItem(item: Group | Task, error: SeamarkError): void {
  if (item.type === 'task') item.done.reject(error);
  else for (const settle of item.settle) settle.reject(error);
}

async function runTask(task: Task): Promise<void> {
  try {
    await task.run();
    task.done.resolve();
  } catch (error) {
    task.done.reject(error);
  }
}
