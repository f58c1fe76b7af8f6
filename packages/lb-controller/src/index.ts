export { createLbController } from './lb-controller.ts';
export type { LbController, LbControllerOptions } from './lb-controller.ts';
