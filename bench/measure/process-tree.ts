import { readdirSync, readFileSync } from 'node:fs';
import { threadNanoseconds } from './thread-time.ts';

/** A process and all that descend from it, those that have ended left out. */
export function processTree(pid: number): readonly number[] {
  const found: number[] = [];
  const pending = [pid];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    found.push(next);
    for (const thread of threadsOf(next)) pending.push(...childrenOf(next, thread));
  }
  return found;
}

/** CPU time of a process and all that descend from it, in nanoseconds. Those that have ended do not count. */
export function treeNanoseconds(pid: number): number {
  return processTree(pid).reduce((sum, each) => sum + threadNanoseconds(each), 0);
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function childrenOf(pid: number, thread: string): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
