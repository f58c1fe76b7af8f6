export { endLab, openLab, startLab } from './lab.ts';
export type { Lab, StartLabOptions } from './lab.ts';
export { labRequirement } from './programs.ts';
export type { LabStatus } from './running-lab.ts';
