import type { RecordSet } from '../../chain/response.ts';
import { lowerCaseOctet } from '../../wire/message-writer.ts';

/** A record as it stands in a message, names uncompressed. */
export interface ReceivedRecord {
  readonly owner: Uint8Array;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  readonly rdata: Uint8Array;
}

const rrsigType = 46;

/**
 * Records put together to sets at the place of their first record. A set has the least TTL of its records (RFC 2181 5.2); signatures
 * over different types stay apart, since each shares the TTL of what it covers.
 */
export function recordSetsOf(records: readonly ReceivedRecord[]): RecordSet[] {
  const sets = new Map<string, { first: ReceivedRecord; ttlSeconds: number; rdata: Uint8Array[] }>();
  for (const record of records) {
    const key = keyOf(record);
    const set = sets.get(key);
    if (set === undefined) {
      sets.set(key, { first: record, ttlSeconds: record.ttlSeconds, rdata: [record.rdata] });
    } else {
      set.ttlSeconds = Math.min(set.ttlSeconds, record.ttlSeconds);
      set.rdata.push(record.rdata);
    }
  }
  return [...sets.values()].map(({ first, ttlSeconds, rdata }) => ({
    owner: first.owner,
    type: first.type,
    class: first.class,
    ttlSeconds,
    rdata,
  }));
}

function keyOf({ owner, type, class: recordClass, rdata }: ReceivedRecord): string {
  const name = Buffer.from(owner.map(lowerCaseOctet)).toString('latin1');
  const covered = type === rrsigType && rdata.length >= 2 ? ((rdata[0] as number) << 8) | (rdata[1] as number) : 0;
  return `${type} ${recordClass} ${covered} ${name}`;
}
