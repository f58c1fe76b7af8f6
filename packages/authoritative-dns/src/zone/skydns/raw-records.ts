import { recordFromText } from '../../wire/presentation/index.ts';
import { recordTypes } from '../../wire/record-type.ts';
import type { FieldProblem } from './skydns-record.ts';

/** A record that a value holds in text form. */
export interface RawRecord {
  readonly type: number;
  /** `undefined`: that of the value. */
  readonly ttlSeconds: number | undefined;
  /** Uncompressed wire form. */
  readonly rdata: Uint8Array;
}

const root = new Uint8Array(1);

/** TTL and class in front of the type, as a line of a zone file has them; neither is needed. */
const ttlAndClass = /^\s*(?:IN\s+)?(?:([0-9]{1,10})\s+)?(?:IN\s+)?/i;

/**
 * Reads the field `records` of a value: texts of `[TTL] [IN] TYPE DATA`, names in them absolute with or without the final dot. What
 * cannot be read is left out and put into `problems`; the others are served.
 */
export function readRawRecords(field: unknown, problems: FieldProblem[]): readonly RawRecord[] {
  if (!Array.isArray(field)) {
    problems.push({ field: 'records', problem: 'field records is not an array of texts' });
    return [];
  }
  const records: RawRecord[] = [];
  for (const [index, text] of (field as readonly unknown[]).entries()) {
    const record = typeof text === 'string' ? readRawRecord(text) : 'is not a text';
    if (typeof record === 'string') problems.push({ field: `records[${index}]`, problem: `records[${index}] ${record}` });
    else records.push(record);
  }
  return records;
}

function readRawRecord(text: string): RawRecord | string {
  const [prefix, ttl] = ttlAndClass.exec(text) as unknown as [string, string | undefined];
  const read = recordFromText(text.slice(prefix.length), root);
  if (!read.ok) return read.problem;
  const { type, rdata } = read.value;
  if (type === recordTypes.SOA) return 'has the type SOA: the SOA is made by the server, see the option soa';
  const ttlSeconds = ttl === undefined ? undefined : Number(ttl);
  if (ttlSeconds !== undefined && ttlSeconds > 0x7fff_ffff) return `has the TTL ${ttl}, above 2147483647 (RFC 2181 8)`;
  return { type, ttlSeconds, rdata };
}
