export { createDomainFilter } from '../endpoints/domain-filter.ts';
export type { DomainFilter, DomainFilterOptions } from '../endpoints/domain-filter.ts';
export { calculatePlan, defaultManagedRecordTypes } from './calculate-plan.ts';
export type { Plan, PlanInput } from './calculate-plan.ts';
export { compareCandidates, needsUpdate } from './compare-endpoints.ts';
export { planName, policies } from './plan-name.ts';
export type { NamePlan, NamePlanInput, Policy, Withheld } from './plan-name.ts';
