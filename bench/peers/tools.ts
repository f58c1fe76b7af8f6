import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { builtToolFolder } from '@seamark/testkit';

/** Path of a program that `npm run bench` builds from e2e/tools, or undefined when it could not be built here. */
export function builtProgram(tool: string, program: string): string | undefined {
  const path = join(builtToolFolder(tool), program);
  return existsSync(path) ? path : undefined;
}

/** Like {@link builtProgram}, but its absence is an error. */
export function mustBeBuilt(tool: string, program: string): string {
  const path = builtProgram(tool, program);
  if (path === undefined) throw new Error(`${tool} is not built (npm run bench builds it where Go is on PATH)`);
  return path;
}

/** True when MetalLB, ExternalDNS and CoreDNS are there. */
export function peersAreBuilt(): boolean {
  return [builtProgram('metallb', 'controller'), builtProgram('external-dns', 'external-dns'), builtProgram('coredns', 'coredns')].every(
    (path) => path !== undefined,
  );
}
