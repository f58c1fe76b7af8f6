import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Requirement, temporaryFolder } from '@seamark/testkit';

/** A wall clock of its own for the programs that are started with `env`; their monotonic clock and the files' times stay true. */
export interface FakedClock extends Disposable {
  readonly env: Record<string, string>;
  /** Sets the clock this far from the true time, at once, for running programs too. */
  setOffset(seconds: number): void;
}

/** Where Debian's package faketime has its library, for any architecture. */
function libraryPath(): string | undefined {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'faketime')) : [];
  return folders.map((folder) => join(folder, 'libfaketimeMT.so.1')).find((path) => existsSync(path));
}

/** Requires libfaketime. */
export function fakedClockRequirement(): Requirement {
  return libraryPath() === undefined
    ? { name: 'faketime', missing: 'faketime is not installed (apt-get install faketime, or npm run setup as root)' }
    : { name: 'faketime' };
}

/** Creates a {@link FakedClock} that shows the true time at first. */
export function createFakedClock(): FakedClock {
  const library = libraryPath();
  if (library === undefined) throw new Error('faketime is not installed');
  const folder = temporaryFolder('clock');
  const file = join(folder.path, 'offset');
  const setOffset = (seconds: number): void => {
    // Renamed into place: a program that reads half a number would see another time.
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${file}.new`, file);
  };
  setOffset(0);
  return {
    env: { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1' },
    setOffset,
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
