import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';

import { entryKinds, notAscii, type SnapshotEntry, type SnapshotHeader, snapshotMagic, snapshotVersion } from './snapshot-format.ts';

const blockOctets = 256 * 1024;
const maxKeyOctets = 0xffff;
/** Of an entry, without key, lease, value or address. */
const maxHeadOctets = 9;
const maxAddressOctets = 20;
const noKey = Buffer.alloc(0);
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
  let former: Buffer = noKey;
  for (const entry of entries) {
    const key = Buffer.from(entry.key);
    if (key.length > maxKeyOctets) throw new RangeError(`a key of ${key.length} octets is too long for a snapshot`);
    const needed = maxHeadOctets + key.length + ('value' in entry ? entry.lease.length + entry.value.length : maxAddressOctets);
    if (length > 0 && length + needed > block.length) await flush();
    if (needed > block.length) block = Buffer.allocUnsafe(needed);
    length = appendEntry(block, length, key, length === 0 ? 0 : sharedOctets(former, key), entry);
    former = key;
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

function appendEntry(block: Buffer, start: number, key: Buffer, shared: number, entry: SnapshotEntry): number {
  const ascii = key.length === entry.key.length ? 0 : notAscii;
  let at = start;
  block[at] = ('value' in entry ? entryKinds.value : entry.kind) | ascii;
  block[at + 1] = shared;
  block.writeUInt16LE(key.length - shared, at + 2);
  at += 4 + key.copy(block, at + 4, shared);
  if ('value' in entry) {
    block[at] = entry.lease.length;
    block.writeUInt32LE(entry.value.length, at + 1);
    at += 5;
    at += block.write(entry.lease, at, 'latin1');
    block.set(entry.value, at);
    return at + entry.value.length;
  }
  block.writeUInt32LE(entry.ttlSeconds, at);
  return at + 4 + block.write(entry.host, at + 4, 'latin1');
}

/** Octets with which both keys begin, as many as an entry can say. */
function sharedOctets(former: Buffer, key: Buffer): number {
  const most = Math.min(former.length, key.length, 0xff);
  let shared = 0;
  while (shared < most && former[shared] === key[shared]) shared++;
  return shared;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
