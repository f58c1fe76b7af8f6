import { statSync } from 'node:fs';
import { removeCgroup, presentLabCgroups, labCgroup } from './cgroups.ts';
import { LabError } from './lab-error.ts';
import { bootId, isLive, labFolder, labNames, readRecord, removeLabFolder } from './lab-record.ts';
import { signalProcess, waitForEnd } from './process-identity.ts';

/** A folder without a record is somebody's who is just starting, unless it is older than this. */
const unrecordedMs = 10_000;

/** True when the lab's supervisor is gone but its files are still there: a crash, or a reboot. */
export function isLeftOver(name: string): boolean {
  const record = readRecord(name);
  if (record !== undefined) return !isLive(record);
  return Date.now() - statSync(labFolder(name)).mtimeMs > unrecordedMs;
}

/** Removes what a lab without a supervisor left: processes that the kernel did not end with it, control groups, files. */
export async function removeRemains(name: string): Promise<void> {
  const record = readRecord(name);
  if (record !== undefined && isLive(record)) throw new LabError(`lab ${name} is running (npm run lab -- down --name ${name})`);
  if (record !== undefined && record.bootId === bootId()) {
    for (const identity of record.processes) signalProcess(identity, 'SIGKILL');
    for (const identity of record.processes) await waitForEnd(identity, 10_000);
  }
  await removeCgroup(record?.cgroup ?? labCgroup(name));
  removeLabFolder(name);
}

/** Removes what all labs without a supervisor left. Resolves with their names. */
export async function removeAllRemains(): Promise<readonly string[]> {
  const left = labNames().filter(isLeftOver);
  for (const name of left) await removeRemains(name);
  // Control groups whose files somebody removed; a group with processes in it stays.
  const present = new Set(labNames().map(labCgroup));
  for (const group of presentLabCgroups()) if (!present.has(group)) await removeCgroup(group, 0);
  return left;
}
