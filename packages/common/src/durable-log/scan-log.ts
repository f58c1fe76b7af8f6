import { decodeFileHeader, decodeFrame, fileHeaderBytes, findGroupStart, frameHeadBytes } from './frame.ts';

/** Smallest unit that a disk writes or loses as a whole; what power loss leaves unwritten in a grown file reads as zeros in this unit. */
const sectorBytes = 512;

/** What a log file holds. `goodBytes` ends the last whole record; what follows is the remains of an interrupted write. */
export type ScannedLog =
  | { readonly type: 'log'; readonly salt: number; readonly records: readonly Buffer[]; readonly goodBytes: number }
  | { readonly type: 'empty' }
  | { readonly type: 'damaged'; readonly offset: number; readonly detail: string };

/**
 * Reads the bytes of a log file; records are views of `file`.
 *
 * How an interrupted write is told apart from damage: a group is only written after the group before it was on disk. So at
 * the first frame that is not whole:
 *
 * - a whole frame that starts a group follows somewhere: everything before that was on disk once. Damage.
 * - otherwise the frame belongs to the last group ever written, which may have been interrupted. It was, when the end of the file cuts
 *   the frame off (process killed, disk full), or when a sector of what is wrong is nothing but zeros up to the sector's or the file's end
 *   (power loss after the file had grown and before the data came). Cut there.
 * - otherwise all its bytes are there, and some are wrong. Damage.
 *
 * A file without a whole header is `empty`: the header is on disk before the file gets its name, so nothing was ever in it.
 * What this cannot see: a file that somebody shortened, and a damaged last record with a sector of zeros in it.
 */
export function scanLog(file: Buffer): ScannedLog {
  const header = decodeFileHeader(file);
  if (header.type === 'partial') return { type: 'empty' };
  if (header.type === 'bad') return { type: 'damaged', offset: 0, detail: header.detail };
  const { salt } = header;
  const records: Buffer[] = [];
  let offset = fileHeaderBytes;
  while (offset < file.length) {
    const frame = decodeFrame(file, offset, salt);
    if (frame.type === 'frame') {
      records.push(frame.payload);
      offset = frame.end;
      continue;
    }
    const later = findGroupStart(file, offset + 1, salt);
    if (later !== undefined) {
      return { type: 'damaged', offset, detail: `the record there is damaged, and later ones follow (next at offset ${later})` };
    }
    const interrupted =
      frame.type === 'cut' || holdsZeroSector(file, offset, frame.type === 'bad-head' ? offset + frameHeadBytes : frame.end);
    if (!interrupted) return { type: 'damaged', offset, detail: 'the last record is whole, and its checksum is wrong' };
    break;
  }
  return { type: 'log', salt, records, goodBytes: offset };
}

/** Whether a sector that touches [start, end) is zero from `start`, or its own beginning, to its end. */
function holdsZeroSector(file: Buffer, start: number, end: number): boolean {
  for (let piece = start; piece < end;) {
    const next = Math.min((Math.floor(piece / sectorBytes) + 1) * sectorBytes, file.length);
    if (file.subarray(piece, next).every((byte) => byte === 0)) return true;
    piece = next;
  }
  return false;
}
