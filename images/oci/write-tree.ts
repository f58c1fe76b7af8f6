import { chmodSync, copyFileSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RootTree } from './root-tree.ts';

/** Writes a tree into a new folder, with modes and times but the caller as owner: what a Dockerfile copies. */
export function writeTree(tree: RootTree, folder: string, mtime: number): void {
  mkdirSync(folder, { recursive: true });
  const entries = tree.entries();
  for (const entry of entries) {
    const path = join(folder, entry.path);
    if (entry.kind === 'directory') mkdirSync(path, { recursive: true });
    else if (entry.kind === 'symlink') symlinkSync(entry.target, path);
    else if (entry.content instanceof Uint8Array) writeFileSync(path, entry.content);
    else copyFileSync(entry.content.file, path);
    if (entry.kind !== 'symlink') chmodSync(path, entry.mode);
  }
  // Children first: writing them changes the time of their folder.
  for (const entry of [...entries].reverse()) lutimesSync(join(folder, entry.path), mtime, mtime);
}
