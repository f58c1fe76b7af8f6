export { combinePolicies, policyInChain } from './answer-policy.ts';
export type { AnswerPolicy } from './answer-policy.ts';
export { ArenaFeed } from './arena-feed.ts';
export type { ArenaFeedOptions } from './arena-feed.ts';
export type { CompiledSource } from './compiled-source.ts';
export { TreeChanges } from './tree-changes.ts';
export type { FollowedChanges } from './tree-changes.ts';
export { TreeSource } from './tree-source.ts';
export type { TreeSourceOptions } from './tree-source.ts';
