import { readdirSync, readFileSync } from 'node:fs';
import { identify, type ProcessIdentity, signalProcess, statFields } from '../process-identity.ts';

/** Number of the process that a process started first and that still runs. */
export function firstChild(pid: number): number | undefined {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return child === undefined || child === '' ? undefined : Number(child);
}

/** The process and everything below it, in whatever namespace. */
export function descendants(root: ProcessIdentity): readonly ProcessIdentity[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = Number(statFields(Number(entry))?.[1] ?? Number.NaN);
    if (Number.isNaN(parent)) continue;
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found: ProcessIdentity[] = [];
  const visit = (pid: number): void => {
    const identity = identify(pid);
    if (identity !== undefined) found.push(identity);
    for (const child of children.get(pid) ?? []) visit(child);
  };
  visit(root.pid);
  return found;
}

/**
 * Stops a tree of processes (SIGSTOP). Repeats until all of it stands still, because a process may start another while its siblings
 * are being stopped.
 */
export function stopTree(root: ProcessIdentity): void {
  for (let round = 0; round < 20; round++) {
    const moving = descendants(root).filter(({ pid }) => !'Tt'.includes(statFields(pid)?.[0] ?? 'T'));
    if (moving.length === 0) return;
    for (const identity of moving) signalProcess(identity, 'SIGSTOP');
  }
}

/** Lets a tree that {@link stopTree} stopped go on; the root is last, so that it finds its children running. */
export function continueTree(root: ProcessIdentity): void {
  for (const identity of descendants(root).toReversed()) signalProcess(identity, 'SIGCONT');
}
