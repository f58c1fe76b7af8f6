import { isSeamarkError } from '@seamark/common/errors';
import type { KeySelector, KeyValue, RangeResult, RequestOptions } from '../kv-store.ts';
import type { EtcdConnection } from './connection.ts';
import { keyValueOf, safeNumber, type WireHeader, type WireRange, wireRange } from './wire.ts';

/** Keys of the first page, which tells how large the records are. */
const firstPageKeys = 2_000;
/**
 * What further pages are to hold. etcd walks over all keys behind a page to count them, so many small pages of a large range cost the
 * square of its size; pages much larger than this would be a pause for others.
 */
const pageOctets = 4 * 2 ** 20;

/**
 * Reads a range in pages that are all pinned to the revision of the first. A compaction between two pages makes it begin again, unless
 * the caller named the revision.
 */
export async function readRange(
  connection: EtcdConnection,
  selector: KeySelector,
  options: RequestOptions & { readonly revision?: number | undefined },
): Promise<RangeResult> {
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await readPages(connection, selector, options);
    } catch (error) {
      if (options.revision !== undefined || restarts >= 3 || !isSeamarkError(error, 'SM_STORE_COMPACTED')) throw error;
    }
  }
}

async function readPages(
  connection: EtcdConnection,
  selector: KeySelector,
  options: RequestOptions & { readonly revision?: number | undefined },
): Promise<RangeResult> {
  const entries: KeyValue[] = [];
  const { key: firstKey, ...end } = wireRange(selector);
  let revision = options.revision;
  let limit = firstPageKeys;
  for (let key = firstKey; ;) {
    const page: WireRange = await connection.unary(
      'KV',
      'range',
      { key, ...end, limit, ...(revision === undefined ? {} : { revision }) },
      { signal: options.signal, repeatable: true },
    );
    if (revision === undefined) connection.sawRevision((revision = safeNumber((page.header as WireHeader).revision)));
    for (const wire of page.kvs) entries.push(keyValueOf(wire));
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) return { revision, entries };
    limit = Math.max(1, Math.ceil(pageOctets / averageOctets(page)));
    // The next possible key.
    key = Buffer.concat([last.key, Buffer.from([0])]);
  }
}

function averageOctets({ kvs }: WireRange): number {
  return kvs.reduce((sum, { key, value }) => sum + key.length + value.length, 0) / kvs.length;
}
