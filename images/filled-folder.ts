import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder once: `fill` gets a new one beside it, which takes its place complete or not at all. When two processes make the
 * same folder, the first one's stays.
 */
export async function filledFolder(folder: string, fill: (partial: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder;
  const partial = startPartial(folder);
  try {
    await fill(partial);
    finish(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

/** {@link filledFolder} for what needs no waiting. */
export function filledFolderSync(folder: string, fill: (partial: string) => void): string {
  if (existsSync(folder)) return folder;
  const partial = startPartial(folder);
  try {
    fill(partial);
    finish(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

function startPartial(folder: string): string {
  const partial = `${folder}.${process.pid}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  mkdirSync(partial);
  return partial;
}

function finish(partial: string, folder: string): void {
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Another process was quicker: its folder has the same content.
    if (!existsSync(folder)) throw error;
  }
}
