import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** An entry of a tar file and where its content lies. */
export interface TarMember {
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'symlink' | 'hardlink' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly target: string;
  readonly offset: number;
  readonly size: number;
}

/** A part of a file, such as a layer inside of an archive. */
export interface FileRange {
  readonly file: string;
  readonly offset: number;
  readonly size: number;
}

const blockSize = 512;

/** Lists a tar file (ustar, pax and GNU long names), or one that lies inside of another. Paths lose `./` and the final slash. */
export function readTar(source: string | FileRange): readonly TarMember[] {
  const { file, offset: start } = typeof source === 'string' ? { file: source, offset: 0 } : source;
  const descriptor = openSync(file, 'r');
  try {
    const end = typeof source === 'string' ? fstatSync(descriptor).size : start + source.size;
    const members: TarMember[] = [];
    let pax: Record<string, string> = {};
    for (let at = start; at + blockSize <= end;) {
      const block = readAt(descriptor, at, blockSize);
      if (block[0] === 0) break;
      const size = octal(block, 124, 12);
      const type = String.fromCharCode(block[156] ?? 0);
      const content = at + blockSize;
      at = content + Math.ceil(size / blockSize) * blockSize;
      if (type === 'x' || type === 'L' || type === 'K') {
        const bytes = readAt(descriptor, content, size);
        if (type === 'x') pax = { ...pax, ...paxRecords(bytes) };
        else pax = { ...pax, [type === 'L' ? 'path' : 'linkpath']: text(bytes, 0, size) };
        continue;
      }
      if (type === 'g') continue;
      const prefix = text(block, 345, 155);
      const name = pax['path'] ?? (prefix === '' ? text(block, 0, 100) : `${prefix}/${text(block, 0, 100)}`);
      members.push({
        path: name.replace(/^\.?\//, '').replace(/\/$/, ''),
        kind: kinds[type] ?? 'other',
        mode: octal(block, 100, 8) & 0o7777,
        uid: octal(block, 108, 8),
        gid: octal(block, 116, 8),
        mtime: octal(block, 136, 12),
        target: pax['linkpath'] ?? text(block, 157, 100),
        offset: content,
        size,
      });
      pax = {};
    }
    return members;
  } finally {
    closeSync(descriptor);
  }
}

/** Reads a part of a file. */
export function readRange(range: FileRange): Buffer {
  const descriptor = openSync(range.file, 'r');
  try {
    return readAt(descriptor, range.offset, range.size);
  } finally {
    closeSync(descriptor);
  }
}

/** `sha256:…` of a part of a file. */
export function digestOfRange(range: FileRange): string {
  return `sha256:${createHash('sha256').update(readRange(range)).digest('hex')}`;
}

const kinds: Readonly<Record<string, TarMember['kind']>> = { '0': 'file', '\0': 'file', '1': 'hardlink', '2': 'symlink', '5': 'directory' };

function readAt(descriptor: number, offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let done = 0;
  while (done < size) {
    const length = readSync(descriptor, bytes, done, size - done, offset + done);
    if (length === 0) throw new Error('the tar file ends in the middle of an entry');
    done += length;
  }
  return bytes;
}

function text(bytes: Buffer, offset: number, length: number): string {
  const field = bytes.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString('utf8');
}

function octal(block: Buffer, offset: number, length: number): number {
  return Number.parseInt(text(block, offset, length).trim() || '0', 8);
}

function paxRecords(bytes: Buffer): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.subarray(at, space).toString());
    const [key = '', ...value] = bytes
      .subarray(space + 1, at + length - 1)
      .toString('utf8')
      .split('=');
    records[key] = value.join('=');
    at += length;
  }
  return records;
}
