import { isSeamarkError, SeamarkError } from '@seamark/common/errors';
import type { KeySelector, KeyValue, RangeResult, RequestOptions } from '../kv-store.ts';
import type { EtcdConnection } from './connection.ts';
import { decodeRangeAnswer, type RangeAnswer } from './decode-answers.ts';
import { wireRange } from './wire.ts';

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
    const page: RangeAnswer = await connection.unary(
      'KV',
      'range',
      { key, ...end, limit, ...(revision === undefined ? {} : { revision }) },
      { signal: options.signal, repeatable: true, decode: decodeRangeAnswer },
    );
    if (revision === undefined) connection.sawRevision((revision = revisionOf(page)));
    for (const entry of page.entries) entries.push(entry);
    if (!page.more || page.lastKey === undefined) return { revision, entries };
    limit = Math.max(1, Math.ceil((pageOctets * page.entries.length) / page.octets));
    // The next possible key.
    key = Buffer.concat([page.lastKey, Buffer.from([0])]);
  }
}

function revisionOf({ header }: RangeAnswer): number {
  if (header === undefined) throw new SeamarkError('SM_STORE_UNAVAILABLE', 'etcd answered a range without saying of which revision');
  return header.revision;
}
