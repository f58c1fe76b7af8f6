import { crc32 } from 'node:zlib';

/**
 * The bytes of a durable log file.
 *
 *     file   = header frame*
 *     header = magic[8] version:u32 salt:u32 crc:u32             crc over the 16 bytes before it
 *     frame  = field:u32 headCrc:u32 payloadCrc:u32 payload[n]   field = (n + 1) | (starts a group write ? 2^31 : 0)
 *
 * Integers are little-endian; every CRC-32 of a frame starts from the file's random salt, so that payload bytes which look like a
 * frame of another log are not taken for one of this log. The head has its own checksum: a length that can be trusted tells a
 * payload that the end of the file cuts off (interrupted write) from one that is there and wrong (damage). `n + 1` keeps a run of
 * zeros from ever being a frame.
 */
export const frameHeadBytes = 12;
/** Bytes of the file header. */
export const fileHeaderBytes = 20;
/** Largest payload of a frame: the field has 31 bits for n + 1, and one record above a GiB is a defect of the caller. */
export const maxPayloadBytes = 2 ** 30;

const version = 1;
// 0x8a is no ASCII and no start of UTF-8 text, CR LF and ^Z show damage by text-mode copies (as in PNG, RFC 2083 section 12.11).
const magic = Buffer.from([0x8a, 0x53, 0x4d, 0x4c, 0x0d, 0x0a, 0x1a, 0x0a]);
const groupStartFlag = 2 ** 31;

/** Makes the header of a new file. */
export function encodeFileHeader(salt: number): Buffer {
  const header = Buffer.alloc(fileHeaderBytes);
  magic.copy(header);
  header.writeUInt32LE(version, 8);
  header.writeUInt32LE(salt, 12);
  header.writeUInt32LE(crc32(header.subarray(0, 16)), 16);
  return header;
}

/** What {@link decodeFileHeader} found; `partial` is the beginning of a header and no more. */
export type FileHeader =
  | { readonly type: 'header'; readonly salt: number }
  | { readonly type: 'partial' }
  | { readonly type: 'bad'; readonly detail: string };

/** Reads the header of a file. */
export function decodeFileHeader(file: Buffer): FileHeader {
  const magicLength = Math.min(file.length, magic.length);
  if (!file.subarray(0, magicLength).equals(magic.subarray(0, magicLength))) {
    return { type: 'bad', detail: 'it does not start with the mark of a Seamark log' };
  }
  if (file.length < fileHeaderBytes) return { type: 'partial' };
  if (crc32(file.subarray(0, 16)) !== file.readUInt32LE(16)) return { type: 'bad', detail: 'the checksum of its header is wrong' };
  const found = file.readUInt32LE(8);
  if (found !== version) return { type: 'bad', detail: `it has format version ${found}, and this program reads version ${version}` };
  return { type: 'header', salt: file.readUInt32LE(12) };
}

/** Bytes that the frame of a payload takes. */
export function frameLength(payload: Uint8Array): number {
  return frameHeadBytes + payload.length;
}

/** Writes a frame at `offset` and returns the offset after it. The caller has checked the payload against {@link maxPayloadBytes}. */
export function encodeFrame(target: Buffer, offset: number, payload: Uint8Array, salt: number, startsGroup: boolean): number {
  target.writeUInt32LE(payload.length + 1 + (startsGroup ? groupStartFlag : 0), offset);
  target.writeUInt32LE(crc32(target.subarray(offset, offset + 4), salt), offset + 4);
  target.writeUInt32LE(crc32(payload, salt), offset + 8);
  target.set(payload, offset + frameHeadBytes);
  return offset + frameHeadBytes + payload.length;
}

/** What {@link decodeFrame} found: a whole frame, one cut off by the end of the file, or bytes that are there and wrong. */
export type DecodedFrame =
  | { readonly type: 'frame'; readonly payload: Buffer; readonly startsGroup: boolean; readonly end: number }
  | { readonly type: 'cut' }
  | { readonly type: 'bad-head' }
  | { readonly type: 'bad-payload'; readonly end: number };

/** Reads the frame at `offset`; its payload is a view of `file`. */
export function decodeFrame(file: Buffer, offset: number, salt: number): DecodedFrame {
  const start = offset + frameHeadBytes;
  if (start > file.length) return { type: 'cut' };
  const field = file.readUInt32LE(offset);
  const startsGroup = field >= groupStartFlag;
  const length = (startsGroup ? field - groupStartFlag : field) - 1;
  if (length < 0 || crc32(file.subarray(offset, offset + 4), salt) !== file.readUInt32LE(offset + 4)) return { type: 'bad-head' };
  const end = start + length;
  if (end > file.length) return { type: 'cut' };
  const payload = file.subarray(start, end);
  if (crc32(payload, salt) !== file.readUInt32LE(offset + 8)) return { type: 'bad-payload', end };
  return { type: 'frame', payload, startsGroup, end };
}

/** First offset at or after `from` with a whole frame that starts a group write, or undefined. */
export function findGroupStart(file: Buffer, from: number, salt: number): number | undefined {
  for (let offset = from; offset + frameHeadBytes <= file.length; offset++) {
    // The cheap half of decodeFrame first: this runs at every byte of the tail.
    const field = file.readUInt32LE(offset);
    if (field <= groupStartFlag || offset + frameHeadBytes + (field - groupStartFlag) - 1 > file.length) continue;
    if (decodeFrame(file, offset, salt).type === 'frame') return offset;
  }
  return undefined;
}
