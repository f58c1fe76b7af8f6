export { makePlan } from './commands/plan.ts';
export type { Plan } from './commands/plan.ts';
export { createProgram, describeFailure } from './program.ts';
