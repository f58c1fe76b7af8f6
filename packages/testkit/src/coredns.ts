import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Requirement } from './requirement.ts';
import { builtToolFolder } from './tool-cache.ts';

/** The program of the real CoreDNS, which `npm run setup` builds. */
export function corednsProgram(): string {
  return join(builtToolFolder('coredns'), 'coredns');
}

/** Requires {@link corednsProgram}. */
export function corednsRequirement(): Requirement {
  const program = corednsProgram();
  return existsSync(program)
    ? { name: 'coredns' }
    : { name: 'coredns', missing: `${program} is not there (npm run setup builds it with Go)` };
}
