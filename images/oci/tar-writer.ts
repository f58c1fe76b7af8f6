import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';

const blockSize = 512;
const copyBuffer = Buffer.allocUnsafe(1024 * 1024);

/** Fields of a tar entry that may differ between entries of ours. */
export interface TarEntry {
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'symlink';
  readonly mode: number;
  readonly target?: string;
  /** Extended attributes; binary values are kept. */
  readonly attributes?: Readonly<Record<string, Uint8Array>>;
}

/**
 * Writes a tar file (POSIX pax) whose bytes depend on what is added alone: owner 0:0 without names, one time for all, no devices.
 * Synchronous: an image is a handful of large sequential writes. The digest is computed on the way.
 */
export class TarWriter {
  readonly #descriptor: number;
  readonly #hash = createHash('sha256');
  readonly #mtime: number;
  #size = 0;

  /** Creates or truncates `file`. `mtime`: seconds since 1970, of every entry. */
  constructor(file: string, mtime: number) {
    this.#descriptor = openSync(file, 'w', 0o644);
    this.#mtime = mtime;
  }

  /** Adds an entry; `content` only for files. */
  add(entry: TarEntry, content: Uint8Array | { readonly file: string } = new Uint8Array()): void {
    const size = entry.kind !== 'file' ? 0 : content instanceof Uint8Array ? content.length : statSync(content.file).size;
    const name = entry.kind === 'directory' ? `${entry.path}/` : entry.path;
    const extended: [string, Uint8Array][] = [];
    if (Buffer.byteLength(name) > 100) extended.push(['path', Buffer.from(name)]);
    if (Buffer.byteLength(entry.target ?? '') > 100) extended.push(['linkpath', Buffer.from(entry.target ?? '')]);
    for (const [key, value] of Object.entries(entry.attributes ?? {})) extended.push([`SCHILY.xattr.${key}`, value]);
    if (extended.length > 0) {
      const records = Buffer.concat(extended.map(([key, value]) => paxRecord(key, value)));
      this.#write(header({ name: 'PaxHeader', mode: 0o644, size: records.length, type: 'x', mtime: this.#mtime }));
      this.#padded(records);
    }
    const type = entry.kind === 'file' ? '0' : entry.kind === 'symlink' ? '2' : '5';
    this.#write(
      header({ name, mode: entry.mode, size, type, mtime: this.#mtime, ...(entry.target === undefined ? {} : { target: entry.target }) }),
    );
    if (entry.kind !== 'file') return;
    if (content instanceof Uint8Array) this.#padded(content);
    else this.#copy(content.file, size);
  }

  /** Ends the archive and returns its digest (`sha256:…`) and size. */
  end(): { readonly digest: string; readonly size: number } {
    this.#write(Buffer.alloc(2 * blockSize));
    closeSync(this.#descriptor);
    return { digest: `sha256:${this.#hash.digest('hex')}`, size: this.#size };
  }

  #copy(file: string, size: number): void {
    const source = openSync(file, 'r');
    try {
      let copied = 0;
      for (;;) {
        const length = readSync(source, copyBuffer);
        if (length === 0) break;
        this.#write(copyBuffer.subarray(0, length));
        copied += length;
      }
      if (copied !== size) throw new Error(`${file} changed while it was read`);
    } finally {
      closeSync(source);
    }
    this.#pad(size);
  }

  #padded(content: Uint8Array): void {
    this.#write(content);
    this.#pad(content.length);
  }

  #pad(size: number): void {
    if (size % blockSize !== 0) this.#write(Buffer.alloc(blockSize - (size % blockSize)));
  }

  #write(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length;) offset += writeSync(this.#descriptor, bytes, offset);
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }
}

interface HeaderFields {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
  readonly mtime: number;
  readonly target?: string;
}

function header(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, offset: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, '0'), offset, 'ascii');
  };
  // What does not fit here stands in a pax record before this header.
  block.write(fields.name, 0, 100);
  octal(fields.mode & 0o7777, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(fields.size, 124, 12);
  octal(fields.mtime, 136, 12);
  block.fill(' ', 148, 156);
  block.write(fields.type, 156);
  block.write(fields.target ?? '', 157, 100);
  block.write('ustar\u000000', 257);
  let sum = 0;
  for (const byte of block) sum += byte;
  octal(sum, 148, 7);
  return block;
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts its own digits. */
function paxRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
