import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of all threads that a process has now, in nanoseconds: the scheduler's own count, not one of clock ticks. */
export function threadNanoseconds(pid: number): number {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).reduce((sum, thread) => sum + Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0]), 0);
}
