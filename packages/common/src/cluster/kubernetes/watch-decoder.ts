/** One line of a watch. `BOOKMARK` objects carry only a resourceVersion; an `ERROR` object is a metav1.Status. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/** Cuts a watch's byte stream into events. It is dead after it has thrown. */
export interface WatchDecoder {
  /** The events that are complete with this chunk. Throws when a line is longer than allowed or is no JSON. */
  push(chunk: Uint8Array): WatchEvent[];
}

/** Twice etcd's largest sensible object (1.5 MiB by default) in JSON with escapes; a longer line is no watch event. */
const defaultMaxLineBytes = 16 * 1024 * 1024;

/** Creates a {@link WatchDecoder}. Each byte is looked at once, however the stream is cut into chunks. */
export function createWatchDecoder(maxLineBytes: number = defaultMaxLineBytes): WatchDecoder {
  let pending: Buffer[] = []; // pieces of the line that has not ended yet
  let pendingBytes = 0;

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const events: WatchEvent[] = [];
      let start = 0;
      for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
        const last = bytes.subarray(start, end);
        start = end + 1;
        const line = pendingBytes === 0 ? last : Buffer.concat([...pending, last], pendingBytes + last.length);
        pending = [];
        pendingBytes = 0;
        if (line.length > 0) events.push(JSON.parse(line.toString('utf8')) as WatchEvent);
      }
      if (start < bytes.length) {
        // A copy: the chunk's memory is reused or kept alive by others.
        pending.push(Buffer.from(bytes.subarray(start)));
        pendingBytes += bytes.length - start;
        if (pendingBytes > maxLineBytes) throw new Error(`a watch event is longer than ${maxLineBytes} bytes`);
      }
      return events;
    },
  };
}
