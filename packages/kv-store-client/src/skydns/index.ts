export { tryDecodeSkydnsEntry } from './skydns-entry.ts';
export type { SkydnsEntry } from './skydns-entry.ts';
export { defaultSkydnsPrefix, normalizeSkydnsPrefix, skydnsKeyOf, skydnsSubtreeOf, stripLabels, tryParseSkydnsKey } from './skydns-key.ts';
export { skydnsLeaf, skydnsPlaceOf } from './skydns-leaf.ts';
export type { SkydnsPlace, SkydnsRecordIdentity, SkydnsRecordType } from './skydns-leaf.ts';
export { classifySkydnsValue } from './skydns-record.ts';
export type { SkydnsRecord, SkydnsRecords } from './skydns-record.ts';
export { encodeSkydnsValue, tryDecodeSkydnsValue } from './skydns-value.ts';
export type { SkydnsValue } from './skydns-value.ts';
