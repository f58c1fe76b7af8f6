import { type DurableLog, openDurableLog } from '../../durable-log/index.ts';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';

/** What the driver remembers of one object, beside the files. Immutable; a change stores a new one. */
export interface StoredObject {
  readonly uid: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly generation: number;
  /** Digest of the spec that `generation` belongs to. */
  readonly specHash: string;
  /** The number behind metadata.resourceVersion. */
  readonly version: number;
  /** Addresses given to a Service, one for each of its families in their order. */
  readonly clusterIPs?: readonly string[];
  /** Present once somebody has written a status. */
  readonly status?: Readonly<Record<string, unknown>>;
  /** Annotations written by components; null = one of the file that was removed. */
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** The whole object, when no file declares it. */
  readonly object?: KubernetesObject;
  /** What each field manager applied last, by server-side apply. */
  readonly applied?: Readonly<Record<string, KubernetesObject>>;
}

/** Where the manifests driver keeps what it remembers. */
export interface StateFile {
  /** What is stored now, by object id. */
  readonly stored: ReadonlyMap<string, StoredObject>;
  /**
   * Stores (undefined: removes) what is remembered of an object; `stored` has it at once. Returns undefined when that is all, else a
   * promise that resolves when it survives kill -9 and power loss; promises resolve in the order of the calls. Rejects with
   * SM_STORE_WRITE_FAILED.
   */
  write(id: string, object: StoredObject | undefined): Promise<void> | undefined;
  /** Writes what is pending and closes. */
  close(): Promise<void>;
}

/** A {@link StateFile} that ends with the process. */
export function createMemoryState(): StateFile {
  const stored = new Map<string, StoredObject>();
  return {
    stored,
    write(id, object) {
      if (object === undefined) stored.delete(id);
      else stored.set(id, object);
      return undefined;
    },
    close: () => Promise.resolve(),
  };
}

/** The log is rewritten when it is larger than this and than {@link compactionFactor} times what is alive in it. */
const compactionBytes = 1024 * 1024;
const compactionFactor = 4;

/**
 * Opens the state in the durable log at `path`, or makes it. The caller holds the folder (lockFolder). Throws SM_STORE_CORRUPT
 * and SM_STORE_WRITE_FAILED.
 */
export async function openStateFile(path: string): Promise<StateFile> {
  const { log, records } = await openDurableLog(path);
  const stored = new Map<string, StoredObject>();
  const sizes = new Map<string, number>();
  let aliveBytes = 0;
  const take = (id: string, object: StoredObject | undefined, bytes: number): void => {
    aliveBytes -= sizes.get(id) ?? 0;
    if (object === undefined) {
      stored.delete(id);
      sizes.delete(id);
    } else {
      stored.set(id, object);
      sizes.set(id, bytes);
      aliveBytes += bytes;
    }
  };
  for (const record of records) {
    const { id, object } = decode(record);
    take(id, object, record.length);
  }
  const compact = createCompaction(log, stored);
  const compactIfLarge = (): void => {
    if (log.sizeBytes > compactionBytes && log.sizeBytes > aliveBytes * compactionFactor) compact();
  };
  // The process before may have ended in the middle of it.
  compactIfLarge();
  return {
    stored,
    write(id, object) {
      const record = encode(id, object);
      take(id, object, record.length);
      const written = log.append(record);
      compactIfLarge();
      return written;
    },
    close: () => log.close(),
  };
}

/** Records are absolute, so a snapshot that already shows later writes becomes right when those are repeated on it. */
function createCompaction(log: DurableLog, stored: ReadonlyMap<string, StoredObject>): () => void {
  let running = false;
  return () => {
    if (running) return;
    running = true;
    const snapshot = function* (): Generator<Uint8Array> {
      for (const [id, object] of stored) yield encode(id, object);
    };
    log.compact(snapshot()).then(
      () => (running = false),
      // The log stays as it was and is tried again at a later write; if it has failed for good, the next write says so.
      () => (running = false),
    );
  };
}

function encode(id: string, object: StoredObject | undefined): Uint8Array {
  return Buffer.from(JSON.stringify({ id, object }));
}

function decode(record: Uint8Array): { readonly id: string; readonly object: StoredObject | undefined } {
  return JSON.parse(Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString()) as {
    id: string;
    object: StoredObject | undefined;
  };
}
