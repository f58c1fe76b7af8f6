import { readFile } from 'node:fs/promises';

/** One run of a process: unlike a pid alone, it is never given to another process. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot at which it started; `'0'` where there is no /proc. */
  readonly startTicks: string;
  /** First part of the boot's random id; `'0'` where there is no /proc. */
  readonly bootId: string;
}

/** The identity of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, startTicks: (await readStartTicks(process.pid)) ?? '0', bootId: await readBootId() };
}

/** Whether that very process still runs; a zombie has closed its files and counts as gone. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const own = await readStartTicks(process.pid);
  if (own === undefined || identity.startTicks === '0') return answersSignal(identity.pid);
  return identity.bootId === (await readBootId()) && identity.startTicks === (await readStartTicks(identity.pid));
}

/** Name of the program that a process runs (`/proc/PID/comm`), for people. */
export async function programName(pid: number): Promise<string | undefined> {
  try {
    return (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
  } catch {
    return undefined;
  }
}

/** Field 22 of `/proc/PID/stat` (proc_pid_stat(5)); undefined when there is no such process, or it is a zombie. */
async function readStartTicks(pid: number): Promise<string | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

async function readBootId(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).slice(0, 8);
  } catch {
    return '0';
  }
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
