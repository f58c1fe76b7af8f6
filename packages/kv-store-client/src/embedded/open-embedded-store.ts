import { join, resolve } from 'node:path';
import { type Clock, systemClock } from '@seamark/common/controller';
import { type DurableLog, lockFolder, openDurableLog } from '@seamark/common/durable-log';
import { SeamarkError, messageOf } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';
import { type EmbeddedStore, OpenStore } from './embedded-store.ts';
import { replayRecord } from './store-snapshot.ts';
import { VersionedState } from './versioned-state.ts';

/** Options of {@link openEmbeddedStore}. */
export interface EmbeddedStoreOptions {
  /** Folder of the data, made when absent; held by one process at a time. Without it the store lives in memory alone. */
  readonly folder?: string | undefined;
  /** Revisions that can be read at and watched from. Default 10,000. */
  readonly historyRevisions?: number;
  /** Bytes of keys and values in that history; the bound that is met first holds, and the last revision is always kept. Default 32 MiB. */
  readonly historyBytes?: number;
  /** The data file is not compacted below this size. Default 4 MiB: read in some ten ms. */
  readonly minCompactionBytes?: number;
  /** Time of leases. Default: the machine's. */
  readonly clock?: Clock;
  /** Randomness of lease ids, 0..1. Default Math.random. */
  readonly random?: () => number;
  readonly logger?: Logger | undefined;
}

/** Name of the data file in the folder. */
const fileName = 'store.log';

/**
 * Opens the store of one process, kept in a file: what is acknowledged survives `kill -9` and power loss. There is no deadline of
 * its own: a local disk writes, or fails with SM_STORE_WRITE_FAILED, after which the store refuses writes and still reads.
 *
 * Throws SM_STORE_LOCKED when another process has the folder, SM_STORE_CORRUPT when the file is damaged, SM_STORE_WRITE_FAILED.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions = {}): Promise<EmbeddedStore> {
  if (options.folder === undefined) return createMemoryStore(options);
  const folder = resolve(options.folder);
  const lock = await lockFolder(folder);
  let log: DurableLog | undefined;
  try {
    const path = join(folder, fileName);
    const opened = await openDurableLog(path);
    log = opened.log;
    const state = newState(options);
    for (const [index, record] of opened.records.entries()) {
      try {
        replayRecord(state, record);
      } catch (error) {
        // Its checksum is right, so it was written like this: by a later version, or into another file.
        throw new SeamarkError('SM_STORE_CORRUPT', `${path}: record ${index + 1} does not belong there: ${messageOf(error)}`, {
          cause: error,
        });
      }
    }
    if (opened.truncatedBytes > 0) {
      options.logger?.info('the last write had been interrupted and was never acknowledged: removed', {
        file: path,
        bytes: opened.truncatedBytes,
      });
    }
    return makeStore(`embedded store in ${folder}`, state, log, options, () => lock.release());
  } catch (error) {
    await log?.close();
    await lock.release();
    throw error;
  }
}

/** The same store without a file: for plans, tests, and everything that may start anew. */
export function createMemoryStore(options: Omit<EmbeddedStoreOptions, 'folder' | 'minCompactionBytes'> = {}): EmbeddedStore {
  return makeStore('embedded store in memory', newState(options), memoryLog, options, async () => undefined);
}

/** Takes everything and keeps nothing. */
const memoryLog: DurableLog = {
  append: () => Promise.resolve(),
  sizeBytes: 0,
  compact: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

function newState(options: EmbeddedStoreOptions): VersionedState {
  return new VersionedState({ revisions: options.historyRevisions ?? 10_000, bytes: options.historyBytes ?? 32 * 2 ** 20 });
}

function makeStore(
  description: string,
  state: VersionedState,
  log: DurableLog,
  options: EmbeddedStoreOptions,
  release: () => Promise<void>,
): EmbeddedStore {
  return new OpenStore({
    description,
    state,
    log,
    release,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    logger: options.logger,
    minCompactionBytes: options.minCompactionBytes ?? 4 * 2 ** 20,
  });
}
