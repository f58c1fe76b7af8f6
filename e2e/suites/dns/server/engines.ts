import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

import type { Requirement } from '@seamark/testkit';

/** What can receive a server's datagrams: native threads, or Node's own sockets. */
export const engines = ['netio', 'dgram'] as const;
export type Engine = (typeof engines)[number];

let found: Requirement | undefined;

/** Requires what an engine needs: the native part of netio, or nothing. */
export function engineRequirement(engine: Engine): Requirement {
  if (engine === 'dgram') return { name: engine };
  // Asked of a process of its own, from a package that depends on it.
  const script = `import { loadAddon } from '@seamark/netio'; const addon = loadAddon(); process.stdout.write(addon.ok ? '' : addon.problem);`;
  found ??= requirementOf(
    spawnSync(process.execPath, ['--conditions=@seamark/source', '--input-type=module', '--eval', script], {
      cwd: resolve(import.meta.dirname, '../../../../packages/authoritative-dns'),
      encoding: 'utf8',
    }),
  );
  return found;
}

function requirementOf({ status, stdout, stderr }: { status: number | null; stdout: string; stderr: string }): Requirement {
  const problem = status === 0 ? stdout : stderr;
  return problem === '' ? { name: 'netio' } : { name: 'netio', missing: `the native part of netio is not there: ${problem}` };
}
