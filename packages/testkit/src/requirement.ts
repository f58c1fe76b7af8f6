import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Something that a suite needs and a machine may lack. `missing` is the reason shown for the skip; absent = it is there. */
export interface Requirement {
  readonly name: string;
  readonly missing?: string;
}

/** Full path of a program on PATH (and in the sbin folders that PATH may lack), or undefined. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Requires a program on PATH. */
export function programRequirement(name: string, debianPackage: string): Requirement {
  return findProgram(name) === undefined
    ? { name, missing: `${name} is not installed (apt-get install ${debianPackage}, or npm run setup as root)` }
    : { name };
}

/** Requires uid 0. */
export function rootRequirement(): Requirement {
  return process.getuid?.() === 0 ? { name: 'root' } : { name: 'root', missing: 'needs root' };
}

/** True when a namespace can be made; containers without CAP_SYS_ADMIN cannot. */
export function networkNamespaceRequirement(): Requirement {
  const made = spawnSync('unshare', ['--net', 'true'], { stdio: 'ignore' }).status === 0;
  return made ? { name: 'network namespaces' } : { name: 'network namespaces', missing: 'network namespaces cannot be made here' };
}

/**
 * What to pass to `describe.skipIf`: false when everything is there. When something is missing the reason is printed once and
 * the suite is skipped; with CI=true the missing part is an error instead, because a skipped suite proves nothing.
 */
export function unmet(suite: string, ...requirements: readonly Requirement[]): boolean {
  const missing = requirements.filter((requirement) => requirement.missing !== undefined);
  if (missing.length === 0) return false;
  const text = `skipped: ${suite}: ${missing.map((requirement) => requirement.missing).join('; ')}`;
  if (process.env['CI'] === 'true') throw new Error(`${text} (CI must not skip)`);
  process.stderr.write(`${text}\n`);
  return true;
}
