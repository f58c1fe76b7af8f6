import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { removeCgroup } from '../lab/cgroups.ts';
import { identify, isAlive, type ProcessIdentity } from '../lab/process-identity.ts';

/** A folder for one engine at a time: its images stay there from one run to the next, and two runs never share it. */
export interface EngineSlot extends AsyncDisposable {
  readonly folder: string;
  /** Name of the cgroup below which everything of the engine runs; of this slot alone on this machine. */
  readonly cgroup: string;
}

const slots = 8;

/** Folder outside the checkout for node images and engines. */
export function kindCacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'seamark', 'kind');
}

/** Takes the first slot that no living process holds, and removes what a killed holder may have left of it. */
export async function takeEngineSlot(label: string): Promise<EngineSlot> {
  const me = identify(process.pid);
  if (me === undefined) throw new Error('this process is not to be found in /proc');
  for (let index = 0; index < slots; index++) {
    const folder = join(kindCacheFolder(), `${label}-${index}`);
    mkdirSync(folder, { recursive: true });
    const lock = join(folder, 'holder.json');
    if (!take(lock, me)) continue;
    const cgroup = `seamark-${label}-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`;
    await removeEngineCgroup(cgroup);
    return {
      folder,
      cgroup,
      async [Symbol.asyncDispose]() {
        await removeEngineCgroup(cgroup);
        unlinkSync(lock);
      },
    };
  }
  throw new Error(`all ${slots} engines under ${kindCacheFolder()} are in use`);
}

function take(lock: string, me: ProcessIdentity): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(lock, JSON.stringify(me), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    try {
      if (isAlive(JSON.parse(readFileSync(lock, 'utf8')) as ProcessIdentity)) return false;
    } catch {
      // Half-written by a process that was killed, or just gone.
    }
    try {
      unlinkSync(lock);
    } catch {
      // Another process was quicker.
    }
  }
  return false;
}

/** The processes in it are ending already: the first one of their pid namespace is dead. */
async function removeEngineCgroup(name: string): Promise<void> {
  if (!(await removeCgroup(name, 15_000))) throw new Error(`processes are still in the control group ${name}`);
}
