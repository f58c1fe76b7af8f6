export type { NameNode } from './name-node.ts';
export type { Rrset } from './rrset.ts';
export { defaultTtlSeconds } from './stored-record.ts';
export type { StoredRecord } from './stored-record.ts';
export { ZoneIndex } from './zone-index.ts';
export type { Found, ZoneIndexOptions } from './zone-index.ts';
export type { NameServerOption, SoaOptions, ZonesOption } from './zone-options.ts';
export type { Zone } from './zone.ts';
