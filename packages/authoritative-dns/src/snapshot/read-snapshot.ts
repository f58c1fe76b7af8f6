import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

import { messageOf, SeamarkError } from '@seamark/common/errors';

import { SnapshotEntries } from './snapshot-entries.ts';
import { type SnapshotHeader, snapshotMagic, snapshotVersion } from './snapshot-format.ts';

/** What a snapshot holds. */
export interface Snapshot {
  readonly header: SnapshotHeader;
  /** All of it has been checked. */
  readonly entries: SnapshotEntries;
}

/** What a snapshot must hold to be of use. */
export interface WantedContent {
  /** Normalised prefix of the keys. */
  readonly prefix: string;
  /** `example.org.`, `.` */
  readonly zones: readonly string[];
}

/**
 * Reads a snapshot, whole or not at all; `undefined` when there is no file. Throws SM_SNAPSHOT_UNUSABLE for one that cannot be read, is
 * damaged or cut short, of another version, of another prefix, or without a zone that is wanted.
 */
export async function readSnapshot(file: string, wanted: WantedContent): Promise<Snapshot | undefined> {
  let octets: Buffer;
  try {
    octets = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SeamarkError('SM_SNAPSHOT_UNUSABLE', `snapshot ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    return decodeSnapshot(octets, wanted);
  } catch (error) {
    throw new SeamarkError('SM_SNAPSHOT_UNUSABLE', `snapshot ${file} ${messageOf(error)}`, { cause: error });
  }
}

/** Throws an Error whose message goes behind the name of the file. */
export function decodeSnapshot(octets: Buffer, { prefix, zones }: WantedContent): Snapshot {
  if (octets.length < 20 || !octets.subarray(0, 8).equals(snapshotMagic)) throw new Error('is no snapshot of Seamark');
  const version = octets.readUInt32LE(8);
  if (version !== snapshotVersion) throw new Error(`has the layout version ${version}, and this program reads ${snapshotVersion}`);
  const head = frameAt(octets, 12, 'header');
  const header = JSON.parse(head.toString()) as SnapshotHeader;
  if (header.prefix !== prefix) throw new Error(`holds the keys below ${header.prefix}, not those below ${prefix}`);
  const missing = zones.find((zone) => !header.zones.some((held) => held === '.' || zone === held || zone.endsWith(`.${held}`)));
  if (missing !== undefined) throw new Error(`does not hold the zone ${missing}, only ${header.zones.join(' ')}`);
  const blocks: Buffer[] = [];
  let at = 20 + head.length;
  let sum = 0;
  for (;;) {
    if (at + 8 > octets.length) throw new Error('is cut short');
    if (octets.readUInt32LE(at) === 0) break;
    const block = frameAt(octets, at, 'block');
    sum = crc32(octets.subarray(at + 4, at + 8), sum);
    blocks.push(block);
    at += 8 + block.length;
  }
  if (octets.readUInt32LE(at + 4) !== sum || at + 8 !== octets.length) throw new Error('is damaged at its end');
  const entries = new SnapshotEntries(blocks);
  if (entries.count !== header.entries) throw new Error(`has ${entries.count} entries and says ${header.entries}`);
  return { header, entries };
}

function frameAt(octets: Buffer, at: number, what: string): Buffer {
  const length = octets.readUInt32LE(at);
  const content = octets.subarray(at + 8, at + 8 + length);
  if (content.length !== length) throw new Error('is cut short');
  if (crc32(content) !== octets.readUInt32LE(at + 4)) throw new Error(`is damaged: the checksum of the ${what} at octet ${at} is wrong`);
  return content;
}
