import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LabError } from './lab-error.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';

/** A host or node of the lab, for whoever runs programs on it from outside the supervisor. */
export interface RecordedHost {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  /** A process in the host's namespaces; absent while a node is powered off. */
  readonly process?: ProcessIdentity;
}

/** What is known about a lab outside its supervisor: enough to use it, and to remove what a crash left. */
export interface LabRecord {
  readonly name: string;
  /** Of the machine's present run: after a reboot nothing but files is left. */
  readonly bootId: string;
  readonly state: 'starting' | 'up';
  readonly supervisor: ProcessIdentity;
  /** Every process that the supervisor started. All of them die with it; the list is for what does not. */
  readonly processes: readonly ProcessIdentity[];
  /** Path of its control groups below each hierarchy. */
  readonly cgroup: string;
  readonly kubeconfigFile: string;
  readonly controlSocket: string;
  readonly hosts: readonly RecordedHost[];
  readonly nodes: readonly RecordedHost[];
  readonly secondSegment: boolean;
}

const namePattern = /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/;

/** Folder of all labs' state; it is on a real disk, because images are unpacked there. */
export function labsFolder(): string {
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'seamark', 'labs');
}

/** Folder of one lab. Throws for a name that is none. */
export function labFolder(name: string): string {
  if (!namePattern.test(name)) {
    throw new LabError(
      `--name ${name}: a lab's name has 1 to 30 lower-case letters, digits and dashes, with a letter or digit at both ends`,
    );
  }
  return join(labsFolder(), name);
}

/** Takes the name, or returns false when there is such a lab (alive or not) already. */
export function claimLabFolder(name: string): boolean {
  const folder = labFolder(name);
  mkdirSync(labsFolder(), { recursive: true, mode: 0o700 });
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Writes the record at once or not at all. */
export function writeRecord(record: LabRecord): void {
  const file = join(labFolder(record.name), 'lab.json');
  writeFileSync(`${file}.new`, JSON.stringify(record, undefined, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The record of a lab; undefined when there is none (yet). */
export function readRecord(name: string): LabRecord | undefined {
  const file = join(labFolder(name), 'lab.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LabRecord) : undefined;
}

/** Names of all labs that left or have state here. */
export function labNames(): readonly string[] {
  return existsSync(labsFolder())
    ? readdirSync(labsFolder())
        .filter((name) => namePattern.test(name))
        .sort()
    : [];
}

/** True while the lab's supervisor runs. */
export function isLive(record: LabRecord): boolean {
  return record.bootId === bootId() && isAlive(record.supervisor);
}

/** The machine's present run. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Forgets a lab and its disks. */
export function removeLabFolder(name: string): void {
  rmSync(labFolder(name), { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
