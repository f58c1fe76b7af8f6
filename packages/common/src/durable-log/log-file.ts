import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SeamarkError, messageOf } from '../errors/index.ts';

/** Suffix of the file that becomes the log when it is whole; one that is found at open is the remains of a crash. */
export const unfinishedSuffix = '.new';

/** Writes all of `bytes` at `position`, however many calls it takes. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten === 0) throw new Error('the file takes no more bytes');
    written += bytesWritten;
  }
}

/** Opens `path` + {@link unfinishedSuffix}, empty, for reading and writing by its owner alone. */
export function openUnfinished(path: string): Promise<FileHandle> {
  return open(path + unfinishedSuffix, 'w+', 0o600);
}

/** Gives the unfinished file, already on disk, the name `path` for good. */
export async function publishUnfinished(path: string): Promise<void> {
  await rename(path + unfinishedSuffix, path);
  await syncFolder(dirname(path));
}

/** Removes an unfinished file; one that cannot be removed is overwritten by the next. */
export async function discardUnfinished(path: string): Promise<void> {
  await rm(path + unfinishedSuffix, { force: true }).catch(() => undefined);
}

/** Makes the names in a folder durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The error for a write of `path` that failed. */
export function writeFailed(path: string, cause: unknown): SeamarkError {
  return new SeamarkError('SM_STORE_WRITE_FAILED', `cannot write ${path}: ${messageOf(cause)}`, { cause });
}
