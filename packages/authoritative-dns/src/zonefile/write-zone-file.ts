import { compareText } from './compare-text.ts';
import { compareOctets, nameSortKey } from './canonical-order.ts';
import { nameToText } from '../wire/presentation/name-text.ts';
import { recordClassName, recordTypes } from '../wire/record-type.ts';
import { portableText } from './portable-text.ts';
import type { ZoneRecord } from './zone-record.ts';

/** What a record needs to be written. */
export interface WritableRecord extends Omit<ZoneRecord, 'at'> {
  /** Why the record must not be in the zone: it is written as a comment that says so. Absent = it is in the zone. */
  readonly leftOut?: string;
}

/**
 * The zone as the text of a zone file: one record a line with owner, TTL, class and type, names absolute. Types whose text not all of
 * BIND, Knot and NSD read are written `TYPEnnn \# length hex` (RFC 3597). The SOA comes first, then
 * owners in canonical order (RFC 4034 6.1), types by number, RDATA by octets; the same records give the same text whatever their
 * order. `origin` is a name in wire form.
 */
export function writeZoneFile(records: Iterable<WritableRecord>, origin: Uint8Array): string {
  const sorted = [...records].map((record) => ({ record, key: nameSortKey(record.owner) }));
  sorted.sort(
    (a, b) =>
      rank(a.record) - rank(b.record) ||
      compareText(a.key, b.key) ||
      a.record.type - b.record.type ||
      compareOctets(a.record.rdata, b.record.rdata) ||
      a.record.ttlSeconds - b.record.ttlSeconds,
  );
  const lines = [`$ORIGIN ${nameToText(origin)}`];
  for (const { record } of sorted) {
    const { owner, type, ttlSeconds, rdata, leftOut } = record;
    const comment = leftOut === undefined ? '' : `; left out, ${leftOut}: `;
    lines.push(`${comment}${nameToText(owner)}\t${ttlSeconds}\t${recordClassName(record.class)}\t${portableText(type, rdata)}`);
  }
  return `${lines.join('\n')}\n`;
}

function rank(record: WritableRecord): number {
  return record.type === recordTypes.SOA ? 0 : 1;
}
