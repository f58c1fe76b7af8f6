export { combinePolicies, policyInChain } from './answer-policy.ts';
export type { AnswerPolicy } from './answer-policy.ts';
export { compilableTree } from './compilable-zones.ts';
export type { CompilableZone, CompilableZones } from './compilable-zones.ts';
export { CompiledZones } from './compiled-zones.ts';
export type { ArenaContent } from './compiled-zones.ts';
export type { CompiledSource } from './compiled-source.ts';
export { TreeChanges } from './tree-changes.ts';
export type { FollowedChanges } from './tree-changes.ts';
