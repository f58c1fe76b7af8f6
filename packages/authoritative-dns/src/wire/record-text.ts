import { encodeRecordData } from './rdata-encoder.ts';
import { rdataToText } from './presentation/rdata-text.ts';
import { recordClassName, recordTypeName, recordTypes } from './record-type.ts';
import type { RecordData, ResourceRecord } from './resource-record.ts';

/** RDATA as a zone file has it (RFC 1035 5.1), names with their final dot; `\# length hex` (RFC 3597 5) for opaque RDATA without `type`. */
export function formatRecordData(data: RecordData, type?: number): string {
  return rdataToText(data.type === 'OPAQUE' ? (type ?? recordTypes.NULL) : recordTypes[data.type], encodeRecordData(data));
}

/** One line of a zone file: owner, TTL, class, type and data with single blanks between them. */
export function formatRecord(record: ResourceRecord): string {
  const owner = record.name === '.' ? record.name : `${record.name}.`;
  const fields = [record.ttl, recordClassName(record.class), recordTypeName(record.type), formatRecordData(record.data, record.type)];
  return `${owner} ${fields.join(' ')}`;
}
