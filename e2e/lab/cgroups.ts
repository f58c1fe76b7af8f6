import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const mountPoint = '/sys/fs/cgroup';

/** Path below each hierarchy of everything that a lab runs. */
export function labCgroup(name: string): string {
  return `seamark-lab-${name}`;
}

/** Path of a node's control group, which is the root of its kubelet's. */
export function nodeCgroup(labGroup: string, node: string): string {
  return `${labGroup}/${node}`;
}

/**
 * Makes a node's control group under every hierarchy (version 1) or in the one (version 2). The node's own programs are put in its
 * child `system`: version 2 allows processes in leaves only.
 */
export function makeNodeCgroup(labGroup: string, node: string): void {
  for (const hierarchy of hierarchies()) {
    let parent = hierarchy;
    weighAsMachines(hierarchy, labGroup);
    for (const part of [...nodeCgroup(labGroup, node).split('/'), 'system']) {
      enableControllers(parent);
      const folder = join(parent, part);
      mkdirSync(folder, { recursive: true });
      // Version 1 starts with an empty set of processors, in which nothing can run.
      for (const setting of ['cpuset.cpus', 'cpuset.mems']) {
        const file = join(folder, setting);
        if (isVersion2() || !existsSync(file)) continue;
        if (readFileSync(file, 'utf8').trim() === '') writeFileSync(file, readFileSync(join(parent, setting)));
      }
      parent = folder;
    }
  }
}

/** Nodes are machines with processors of their own: beside the programs of this machine they must not count as one of those. */
function weighAsMachines(hierarchy: string, labGroup: string): void {
  const folder = join(hierarchy, labGroup);
  mkdirSync(folder, { recursive: true });
  for (const [setting, value] of [
    ['cpu.shares', '4096'],
    ['cpu.weight', '400'],
  ] as const)
    if (existsSync(join(folder, setting))) writeFileSync(join(folder, setting), value);
}

/** Moves a process, and with it all that it starts later, into the node's control group. */
export function enterNodeCgroup(labGroup: string, node: string, pid: number): void {
  for (const hierarchy of hierarchies()) {
    writeFileSync(join(hierarchy, nodeCgroup(labGroup, node), 'system', 'cgroup.procs'), String(pid));
  }
}

/** Removes a control group with all below it; resolves false when processes are still in it after `timeoutMs`. */
export async function removeCgroup(group: string, timeoutMs = 5_000): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const left = allHierarchies().filter((hierarchy) => !removeTree(join(hierarchy, group)));
    if (left.length === 0) return true;
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Control groups of labs on this machine, for the removal of what a crash left. */
export function presentLabCgroups(): readonly string[] {
  const names = allHierarchies().flatMap((hierarchy) => readdirSync(hierarchy).filter((name) => name.startsWith('seamark-lab-')));
  return [...new Set(names)];
}

function removeTree(folder: string): boolean {
  if (!existsSync(folder)) return true;
  let gone = true;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) gone = removeTree(join(folder, entry.name)) && gone;
  }
  try {
    rmdirSync(folder);
    return gone;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? gone : false;
  }
}

function enableControllers(folder: string): void {
  if (!isVersion2()) return;
  const controllers = readFileSync(join(folder, 'cgroup.controllers'), 'utf8').trim();
  if (controllers === '') return;
  const enable = controllers.split(' ').map((name) => `+${name}`);
  writeFileSync(join(folder, 'cgroup.subtree_control'), enable.join(' '));
}

function isVersion2(): boolean {
  return existsSync(join(mountPoint, 'cgroup.controllers'));
}

/** Where a node's control groups are made: the one hierarchy of version 2, or all of version 1. */
function hierarchies(): readonly string[] {
  return isVersion2() ? [mountPoint] : allHierarchies().filter((folder) => existsSync(join(folder, 'tasks')));
}

/** Those of a machine with both versions included: runc makes groups in its version 2 hierarchy, too. */
function allHierarchies(): readonly string[] {
  if (isVersion2()) return [mountPoint];
  if (!existsSync(mountPoint)) return [];
  return readdirSync(mountPoint)
    .map((name) => join(mountPoint, name))
    .filter((folder) => existsSync(join(folder, 'cgroup.procs')));
}
