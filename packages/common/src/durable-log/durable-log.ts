/**
 * An append-only file of records with checksums: what the embedded store and the manifests driver keep their state in.
 *
 * Promise: when `append` has resolved, the record survives `kill -9` and power loss at any later moment; a record whose append
 * had not resolved is either whole or absent after the next open, never half. Appends made while a write is under way share
 * the next write and fsync (group commit), in order.
 */
export interface DurableLog {
  /**
   * Resolves when the record is on disk. Do not change the bytes before. Throws SM_STORE_WRITE_FAILED (the log then refuses further
   * appends; whether the rejected record is found at the next open is unknown) or SM_STORE_CLOSED.
   */
  append(record: Uint8Array): Promise<void>;
  /** Bytes in the file now; compare with the size of the live state to know when to compact. */
  readonly sizeBytes: number;
  /**
   * Replaces everything before this call by the given records, atomically (new file, fsync, rename, fsync of the folder).
   * Appends made meanwhile go on as ever and follow them. A crash during it leaves the old or the new state. The snapshot is
   * iterated piece by piece while the caller goes on: it must give the state as of this call, or a state that becomes right when all
   * appends since are repeated on it. One at a time. Throws SM_STORE_WRITE_FAILED (disk full: the log stays as it was and takes appends),
   * or SM_STORE_CLOSED when the log is closed before it is done; rethrows what the snapshot throws.
   */
  compact(snapshot: Iterable<Uint8Array>): Promise<void>;
  /** Writes what is pending and closes; idempotent. */
  close(): Promise<void>;
}

/** Result of opening a log: its records in order, and how many bytes of an interrupted last write were cut off. */
export interface OpenedLog {
  readonly log: DurableLog;
  readonly records: readonly Uint8Array[];
  readonly truncatedBytes: number;
}
