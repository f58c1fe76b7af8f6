import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SeamarkError } from '../errors/index.ts';
import type { OpenedLog } from './durable-log.ts';
import { encodeFileHeader, fileHeaderBytes } from './frame.ts';
import { discardUnfinished, openUnfinished, publishUnfinished, writeFailed, writeFully } from './log-file.ts';
import { FileDurableLog, defaultGroupBytes } from './file-durable-log.ts';
import { scanLog } from './scan-log.ts';

/** Options of {@link openDurableLog}. */
export interface DurableLogOptions {
  /**
   * Appends that wait share one write and fsync until they hold this many bytes; the rest makes the next group. Bounds how long
   * one append can wait for others. Default 4 MiB.
   */
  readonly groupBytes?: number;
}

/**
 * Opens the log at `path`, or makes it (and its folder). The remains of an interrupted last write are cut off; scan-log.ts states how
 * they are told apart from damage. All records are read into memory, as views of one buffer: keep what you need of them by copy.
 * The caller holds the folder (see lockFolder): two writers destroy a log.
 *
 * Throws SM_STORE_CORRUPT (with file and offset) when the file is damaged or is no log, and SM_STORE_WRITE_FAILED when it cannot
 * be made, read, or written.
 */
export async function openDurableLog(path: string, options: DurableLogOptions = {}): Promise<OpenedLog> {
  let file: FileHandle | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    await discardUnfinished(path);
    file = await openExisting(path);
    const bytes = file === undefined ? Buffer.alloc(0) : await readAll(file);
    const scanned = scanLog(bytes);
    if (scanned.type === 'damaged') {
      throw new SeamarkError('SM_STORE_CORRUPT', `${path} is damaged at offset ${scanned.offset}: ${scanned.detail}`);
    }
    const groupBytes = options.groupBytes ?? defaultGroupBytes;
    if (scanned.type === 'empty') {
      await file?.close();
      file = undefined;
      const salt = randomBytes(4).readUInt32LE();
      file = await makeLog(path, salt);
      return { log: new FileDurableLog({ path, file, salt, end: fileHeaderBytes, groupBytes }), records: [], truncatedBytes: bytes.length };
    }
    const { salt, records, goodBytes } = scanned;
    if (file === undefined) throw new Error('unreachable: records without a file');
    if (goodBytes < bytes.length) await file.truncate(goodBytes);
    // Also without a cut: records that the killed process had written and not yet synced are about to be told as durable.
    await file.sync();
    return { log: new FileDurableLog({ path, file, salt, end: goodBytes, groupBytes }), records, truncatedBytes: bytes.length - goodBytes };
  } catch (error) {
    await file?.close().catch(() => undefined);
    throw error instanceof SeamarkError ? error : writeFailed(path, error);
  }
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readAll(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  const bytes = Buffer.allocUnsafeSlow(size);
  let read = 0;
  while (read < size) {
    // One read call takes at most 2 GiB.
    const { bytesRead } = await file.read(bytes, read, Math.min(size - read, 2 ** 30), read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

/** A new log is made beside its name and then renamed, so that a file with the name always has a whole header. */
async function makeLog(path: string, salt: number): Promise<FileHandle> {
  const file = await openUnfinished(path);
  try {
    await writeFully(file, encodeFileHeader(salt), 0);
    await file.sync();
    await publishUnfinished(path);
    return file;
  } catch (error) {
    await file.close().catch(() => undefined);
    await discardUnfinished(path);
    throw error;
  }
}
