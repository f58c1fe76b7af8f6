import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';

import { entryHeadOctets, type SnapshotEntry, type SnapshotHeader, snapshotMagic, snapshotVersion } from './snapshot-format.ts';

const blockOctets = 256 * 1024;
/** Entries that are encoded before others get a turn: a fraction of a millisecond. */
const entriesPerTurn = 256;

/**
 * Writes a snapshot so that the file is the old one or the new one at any moment, whatever ends the process or the machine: into a
 * temporary file beside it, synced, then renamed. `entries` must not change meanwhile; questions are answered between its parts.
 * Throws what the file system says.
 */
export async function writeSnapshot(
  file: string,
  header: SnapshotHeader,
  entries: Iterable<SnapshotEntry>,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await writeParts(handle, header, entries, signal);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await handle.close();
  await rename(temporary, file);
  await syncFolder(join(file, '..'));
}

async function writeParts(
  handle: FileHandle,
  header: SnapshotHeader,
  entries: Iterable<SnapshotEntry>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const version = Buffer.alloc(4);
  version.writeUInt32LE(snapshotVersion);
  await handle.write(Buffer.concat([snapshotMagic, version, ...framed(Buffer.from(JSON.stringify(header)))]));
  let block = Buffer.allocUnsafe(blockOctets);
  let length = 0;
  let sum = 0;
  let sinceTurn = 0;
  const flush = async (): Promise<void> => {
    const [head, content] = framed(block.subarray(0, length));
    sum = crc32(head.subarray(4), sum);
    await handle.write(Buffer.concat([head, content]));
    length = 0;
  };
  for (const { key, value, lease } of entries) {
    const needed = entryHeadOctets + Buffer.byteLength(key) + value.length + lease.length;
    if (length > 0 && length + needed > block.length) await flush();
    if (needed > block.length) block = Buffer.allocUnsafe(needed);
    length = appendEntry(block, length, key, value, lease);
    if (++sinceTurn < entriesPerTurn) continue;
    sinceTurn = 0;
    await nextTurn();
    signal?.throwIfAborted();
  }
  if (length > 0) await flush();
  const end = Buffer.alloc(8);
  end.writeUInt32LE(sum, 4);
  await handle.write(end);
}

function framed(content: Buffer): [Buffer, Buffer] {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(content.length);
  head.writeUInt32LE(crc32(content), 4);
  return [head, content];
}

function appendEntry(block: Buffer, at: number, key: string, value: Uint8Array, lease: string): number {
  const keyAt = at + entryHeadOctets;
  const keyLength = block.write(key, keyAt);
  block.writeUInt16LE(keyLength, at);
  block.writeUInt32LE(value.length, at + 2);
  block[at + 6] = lease.length;
  block.set(value, keyAt + keyLength);
  block.write(lease, keyAt + keyLength + value.length, 'latin1');
  return keyAt + keyLength + value.length + lease.length;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
