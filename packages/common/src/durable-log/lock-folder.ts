import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SeamarkError } from '../errors/index.ts';
import { writeFailed } from './log-file.ts';
import { type ProcessIdentity, isRunning, ownIdentity, programName } from './process-identity.ts';

/** The right to write into a folder, until released or until this process ends. */
export interface FolderLock extends AsyncDisposable {
  /** The folder. */
  readonly path: string;
  /** Lets others have the folder; idempotent. */
  release(): Promise<void>;
}

const lockName = /^lock-(\d+)-(\d+)-([0-9a-f]+)$/;
/** Two that start at the same moment both step back; with delays of 5 to 50 ms they meet again in some per cent, so five tries are plenty. */
const tries = 5;

/**
 * Takes a folder (made when absent) for this process alone. A second call, by this or by another process of the same machine, throws
 * SM_STORE_LOCKED and names the holder; the lock of a process that is dead (also when its pid was given to another) is taken
 * over. Throws SM_STORE_WRITE_FAILED when the folder cannot be written.
 *
 * The lock is a file `lock-PID-STARTTICKS-BOOTID`, a name that belongs to one run of a process for ever: everybody first makes their own
 * and then looks for others, so of two at least one sees the other, and a dead one's file can be removed by anybody at any time.
 * Processes of different machines or pid namespaces that share a folder do not see each other.
 */
export async function lockFolder(path: string): Promise<FolderLock> {
  const own = await ownIdentity();
  const base = `lock-${own.pid}-${own.startTicks}-${own.bootId}`;
  try {
    await mkdir(path, { recursive: true });
    for (let attempt = 1; ; attempt++) {
      await makeExclusively(path, base);
      const holder = await findHolder(path, own);
      if (holder === undefined) return heldLock(path, base);
      await rm(join(path, base), { force: true });
      // One that has only just come, like us, may step back too.
      if (attempt === tries) throw locked(path, holder.pid, await programName(holder.pid));
      await delay(5 + Math.random() * 45);
    }
  } catch (error) {
    throw error instanceof SeamarkError ? error : writeFailed(path, error);
  }
}

async function makeExclusively(path: string, name: string): Promise<void> {
  try {
    await (await open(join(path, name), 'wx', 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw locked(path, process.pid, 'this process');
    throw error;
  }
}

/** A running process, other than this one, whose lock file is in the folder. Removes the files of dead ones. */
async function findHolder(path: string, own: ProcessIdentity): Promise<ProcessIdentity | undefined> {
  let holder: ProcessIdentity | undefined;
  for (const name of await readdir(path)) {
    const [, pid, startTicks, bootId] = lockName.exec(name) ?? [];
    if (pid === undefined || startTicks === undefined || bootId === undefined) continue;
    const found = { pid: Number(pid), startTicks, bootId };
    if (found.pid === own.pid && found.startTicks === own.startTicks && found.bootId === own.bootId) continue;
    if (await isRunning(found)) holder = found;
    else await rm(join(path, name), { force: true });
  }
  return holder;
}

function heldLock(path: string, name: string): FolderLock {
  const release = async (): Promise<void> => {
    await rm(join(path, name), { force: true });
  };
  return { path, release, [Symbol.asyncDispose]: release };
}

function locked(path: string, pid: number, program: string | undefined): SeamarkError {
  return new SeamarkError('SM_STORE_LOCKED', `${path} is in use by process ${pid}${program === undefined ? '' : ` (${program})`}`);
}
