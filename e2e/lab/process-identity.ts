import { readFileSync } from 'node:fs';

/** A process that is still the same one after its number was given to another. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and start: field 22 of /proc/PID/stat. */
  readonly startTicks: string;
}

/** The process with this number; undefined when there is none or it is a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const fields = statFields(pid);
  const startTicks = fields?.[19];
  return fields === undefined || startTicks === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, startTicks };
}

/** False when the process ended, also when another one has its number now. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTicks === identity.startTicks;
}

/** Sends a signal unless the process ended. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until the process is gone; false when it is not after `timeoutMs`. */
export async function waitForEnd(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(identity)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

/** Fields of /proc/PID/stat after the name: the state is the first, the parent the second. */
export function statFields(pid: number): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return undefined;
  }
}
