import type { FileHandle } from 'node:fs/promises';
import { encodeFileHeader, encodeFrame, frameLength } from './frame.ts';
import { discardUnfinished, openUnfinished, publishUnfinished, writeFailed, writeFully } from './log-file.ts';

/** Bytes moved at a time: large enough for sequential disk speed, small enough to leave the event loop to others. */
const chunkBytes = 256 * 1024;
/** How much of the tail may be left for the step in which appends wait. */
const smallTailBytes = 64 * 1024;

/** Part of the present log file that follows what the snapshot replaces; its end moves while appends go on. */
interface Tail {
  readonly file: FileHandle;
  readonly start: number;
  readonly end: number;
}

/** Input of {@link writeCompacted}. */
interface CompactionInput {
  readonly path: string;
  /** The copy keeps the salt of the log, so that the tail's frames are good in it as they are. */
  readonly salt: number;
  readonly snapshot: Iterable<Uint8Array>;
  readonly tail: () => Tail;
  /** Throws when the compaction must stop. */
  readonly checkpoint: () => void;
}

/** A copy of the log, on disk under another name: the snapshot and all of the tail but its last bytes. */
export interface UnfinishedCopy {
  /** Copies the rest of the tail and takes the log's name. Nobody may write to the log meanwhile. */
  publish(): Promise<{ readonly file: FileHandle; readonly end: number }>;
  /** True once the copy may have the log's name. */
  published(): boolean;
  /** Removes a copy that was not published. */
  discard(): Promise<void>;
}

/** Writes the new file of a compaction beside the log, while appends to the log go on. When it throws (SM_STORE_WRITE_FAILED, or what the snapshot throws) no file is left. */
export async function writeCompacted(input: CompactionInput): Promise<UnfinishedCopy> {
  const { path, salt, tail, checkpoint } = input;
  let file: FileHandle | undefined;
  const discard = async (): Promise<void> => {
    await file?.close().catch(() => undefined);
    await discardUnfinished(path);
  };
  try {
    const target = await openUnfinished(path);
    file = target;
    let end = 0;
    const write = async (bytes: Uint8Array): Promise<void> => {
      checkpoint();
      await writeFully(target, bytes, end);
      end += bytes.length;
    };
    await write(encodeFileHeader(salt));
    for (const chunk of snapshotChunks(input.snapshot, salt)) await write(chunk);

    let copied = tail().start;
    const copyTail = async (): Promise<void> => {
      const source = tail();
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, source.end - copied));
      const { bytesRead } = await source.file.read(chunk, 0, chunk.length, copied);
      if (bytesRead === 0) throw new Error('the log became shorter while it was copied');
      await write(chunk.subarray(0, bytesRead));
      copied += bytesRead;
    };
    while (tail().end - copied > smallTailBytes) await copyTail();
    // The bulk goes to disk here, so that the sync for which appends wait is short.
    await target.sync();

    let named = false;
    return {
      async publish() {
        while (copied < tail().end) await copyTail();
        await target.sync();
        named = true;
        await publishUnfinished(path);
        return { file: target, end };
      },
      published: () => named,
      discard,
    };
  } catch (error) {
    await discard();
    // What the snapshot or the checkpoint throws is not about the file.
    throw error instanceof Error && 'syscall' in error ? writeFailed(path, error) : error;
  }
}

/** The frames of a snapshot, in pieces of about {@link chunkBytes}. */
function* snapshotChunks(snapshot: Iterable<Uint8Array>, salt: number): Generator<Buffer> {
  let payloads: Uint8Array[] = [];
  let bytes = 0;
  const encode = (): Buffer => {
    const chunk = Buffer.allocUnsafe(bytes);
    let offset = 0;
    // Each frame counts as a group: the copy is on disk as a whole before it gets its name, so a bad frame in it is always damage.
    for (const payload of payloads) offset = encodeFrame(chunk, offset, payload, salt, true);
    payloads = [];
    bytes = 0;
    return chunk;
  };
  for (const payload of snapshot) {
    payloads.push(payload);
    bytes += frameLength(payload);
    if (bytes >= chunkBytes) yield encode();
  }
  if (bytes > 0) yield encode();
}
