export { answerSkydns } from './answer-skydns.ts';
export type { SkydnsAnswerOptions } from './answer-skydns.ts';
export { defaultLeaseTtlLimits } from './lease-book.ts';
export type { LeaseTimes, LeaseTtlLimits } from './lease-book.ts';
export type { SkydnsMode } from './name-rrsets.ts';
export { NodeData } from './node-data.ts';
export { LeasedRrset } from './rrset-builder.ts';
export { SkydnsZones } from './skydns-zones.ts';
export type { SkydnsZonesOptions } from './skydns-zones.ts';
