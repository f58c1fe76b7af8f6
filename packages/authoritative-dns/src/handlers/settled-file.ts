import { stat } from 'node:fs/promises';

/** How a file looks from outside; any write changes it. */
export interface FileState {
  readonly inode: bigint;
  readonly size: bigint;
  /** Last write, since 1970; whoever may write can set it back. */
  readonly modifiedNs: bigint;
  /** Last write, rename or change of rights. */
  readonly changedNs: bigint;
}

/** For how long a file that is written to has to be left alone before it is read. Longer than the pauses of slow copies. */
export const quietMs = 2000;

/** How a file looks now; `undefined` while there is none. */
export async function fileState(path: string): Promise<FileState | undefined> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return { inode: ino, size, modifiedNs: mtimeNs, changedNs: ctimeNs };
  } catch {
    return undefined;
  }
}

/** Whether nothing happened to a file between two looks. */
export function isSameState(one: FileState | undefined, other: FileState | undefined): boolean {
  return isSameWrite(one, other) && one?.changedNs === other?.changedNs;
}

/**
 * Says when a file that changed can be read: at once when it came whole, by a rename or with its rights alone changed, and otherwise
 * once it has looked the same for {@link quietMs}, so that nobody reads the first half of what is being written.
 */
export class SettledFile {
  private seen: FileState | undefined;
  private sinceMs: number | undefined;

  /** Milliseconds that are left until it can be read, 0 = now. `before`: as it was when it was read. */
  leftMs(before: FileState | undefined, now: FileState | undefined): number {
    const nowMs = performance.now();
    if (this.sinceMs === undefined || !isSameState(this.seen, now)) this.sinceMs = nowMs;
    this.seen = now;
    return cameWhole(before, now) ? 0 : Math.max(0, Math.ceil(this.sinceMs + quietMs - nowMs));
  }
}

function isSameWrite(one: FileState | undefined, other: FileState | undefined): boolean {
  return one?.inode === other?.inode && one?.size === other?.size && one?.modifiedNs === other?.modifiedNs;
}

function cameWhole(before: FileState | undefined, now: FileState | undefined): boolean {
  if (now === undefined) return false;
  if (now.inode === before?.inode) return isSameWrite(before, now);
  // A rename comes after the last write. One that comes too soon after it to tell, or a link to a new file, waits.
  const writtenBeforeMs = Date.now() - Number(now.modifiedNs / 1_000_000n);
  return now.changedNs > now.modifiedNs || writtenBeforeMs >= quietMs;
}
