import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OwnData } from './decide-join.ts';

/** How long an agreement on a new cluster holds for a member that has not started since. */
const promiseHoldsMs = 15 * 60_000;

/** The disk of a member. `dataDir` is etcd's own; beside it lies the promise to make a new cluster. */
export interface MemberDisk {
  /** Looks at what is there; a promise that has been kept is forgotten. */
  look(): OwnData;
  /** Writes down that all members have agreed on a new cluster, for the case that this process ends before etcd starts. */
  promise(): void;
}

/** Opens the disk; nothing is made before {@link MemberDisk.promise}. `nowMs` is the wall clock. */
export function openMemberDisk(dataDir: string, nowMs: () => number): MemberDisk {
  const promiseFile = join(dirname(dataDir), 'new-cluster-agreed');
  const walFolder = join(dataDir, 'member', 'wal');
  return {
    look() {
      // Without a log etcd itself takes the member for a new one, whatever else lies there.
      if (existsSync(walFolder) && readdirSync(walFolder).some((file) => file.endsWith('.wal'))) {
        rmSync(promiseFile, { force: true });
        return 'present';
      }
      const promised = existsSync(promiseFile) && nowMs() - statSync(promiseFile).mtimeMs < promiseHoldsMs;
      return promised ? 'promised' : 'empty';
    },
    promise() {
      mkdirSync(dirname(promiseFile), { recursive: true });
      writeFileSync(promiseFile, 'All members agreed that none has data. etcd has not started here since.\n');
    },
  };
}
