export type { RecordSet } from '../chain/response.ts';
export { answerSkydns, defaultLeaseTtlLimits, LeasedRrset, NodeData, SkydnsZones } from './skydns/index.ts';
export type { LeaseTimes, LeaseTtlLimits, SkydnsAnswerOptions, SkydnsMode, SkydnsZonesOptions } from './skydns/index.ts';
export type { NameServerOption, SoaOptions, ZonesOption } from './zone-options.ts';
