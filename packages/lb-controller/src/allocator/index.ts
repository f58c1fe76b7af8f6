export { createAllocator } from './allocator.ts';
export type { Allocator, AllocatorOptions, PoolCount } from './allocator.ts';
export type { AddressRequest, FamilyWish } from './address-request.ts';
export { costsOldAddress } from './allocation-result.ts';
export type { AllocationResult, Refusal, RefusalCode } from './allocation-result.ts';
export type { FreedAddress, PoolConfiguration } from './address-space.ts';
export type { Assignment, ServiceKey } from './holding.ts';
export type { PoolDefinition } from './pool-state.ts';
