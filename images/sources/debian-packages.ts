import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../oci/manifest.ts';
import { runProgram } from './run-program.ts';
import { filledFolderSync } from '../filled-folder.ts';

const lockFile = join(import.meta.dirname, 'debian-packages.json');
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** A Debian package of which files are in the product image. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Of the .deb file. */
  readonly sha256: string;
}

interface DebianLock {
  readonly suite: string;
  /** Moment of snapshot.debian.org at which all of these versions were current; used when the mirror has newer ones only. */
  readonly snapshot: string;
  readonly packages: Readonly<Record<Architecture, readonly DebianPackage[]>>;
}

function readLock(): DebianLock {
  return JSON.parse(readFileSync(lockFile, 'utf8')) as DebianLock;
}

/** The pinned packages of an architecture and the release that they are of. */
export function pinnedDebianPackages(architecture: Architecture): {
  readonly suite: string;
  readonly packages: readonly DebianPackage[];
} {
  const lock = readLock();
  return { suite: lock.suite, packages: lock.packages[architecture] };
}

/** Folder with the package's files, fetched once by apt with lists of its own and checked against the pinned digest. */
export function debianPackageFolder(wanted: DebianPackage, architecture: Architecture, downloads: string): string {
  const folder = join(downloads, `${wanted.name}_${wanted.version}_${architecture}-${wanted.sha256.slice(0, 12)}`);
  return filledFolderSync(folder, (partial) => {
    const file = fetchPackage(wanted, architecture, downloads);
    try {
      runProgram('dpkg-deb', ['--extract', file, partial]);
      writeFileSync(join(partial, 'control'), runProgram('dpkg-deb', ['--field', file]));
    } finally {
      rmSync(file, { force: true });
    }
  });
}

function fetchPackage(wanted: DebianPackage, architecture: Architecture, downloads: string): string {
  const lock = readLock();
  const problems: string[] = [];
  for (const archive of [mirror(), `http://snapshot.debian.org/archive/debian/${lock.snapshot}`]) {
    try {
      const apt = aptLists(downloads, lock.suite, architecture, archive);
      const file = apt.download(wanted.name, wanted.version);
      const sha256 = sha256Of(file);
      if (sha256 === wanted.sha256) return file;
      rmSync(file);
      problems.push(`${archive} has it with digest ${sha256} instead of ${wanted.sha256}`);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new Error(
    `${wanted.name} ${wanted.version} (${architecture}) cannot be had; npm run image -- --update-packages pins the current versions. ${problems.join('; ')}`,
  );
}

/** Pins the current versions of the packages of every architecture, from the mirror and with its signature checked. */
export function updateDebianPackages(downloads: string): void {
  const lock = readLock();
  if (!existsSync(keyring)) throw new Error(`${keyring} is needed to pin packages (Debian package debian-archive-keyring)`);
  const packages = Object.fromEntries(
    Object.entries(lock.packages).map(([architecture, pinned]) => {
      const apt = aptLists(downloads, lock.suite, architecture as Architecture, mirror(), { fresh: true });
      return [
        architecture,
        pinned.map(({ name }) => {
          const file = apt.download(name);
          const version = runProgram('dpkg-deb', ['--field', file, 'Version']).trim();
          const sha256 = sha256Of(file);
          rmSync(file);
          return { name, version, sha256 };
        }),
      ];
    }),
  );
  const changed = JSON.stringify(packages) !== JSON.stringify(lock.packages);
  const snapshot = changed ? `${new Date().toISOString().slice(0, 10).replaceAll('-', '')}T000000Z` : lock.snapshot;
  writeFileSync(lockFile, `${JSON.stringify({ suite: lock.suite, snapshot, packages }, null, 2)}\n`);
}

function mirror(): string {
  return process.env['SEAMARK_DEBIAN_MIRROR'] ?? 'http://deb.debian.org/debian';
}

/** apt with a state of its own: nothing of the machine's lists, releases and architectures matters, and nothing of them is changed. */
function aptLists(downloads: string, suite: string, architecture: Architecture, archive: string, { fresh = false } = {}) {
  const name = createHash('sha256').update(`${suite} ${architecture} ${archive}`).digest('hex').slice(0, 12);
  const options = (folder: string): string[] => [
    '-q',
    ...Object.entries({
      Dir: folder,
      'Dir::State::status': join(folder, 'status'),
      'Dir::Etc': folder,
      'Dir::Etc::trusted': '/dev/null',
      'APT::Architecture': architecture,
      'APT::Architectures': architecture,
      'Acquire::Languages': 'none',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
      'Acquire::Retries': '3',
      // The folder may be readable by its owner alone.
      'APT::Sandbox::User': '',
    }).map(([key, value]) => `-o${key}=${value}`),
  ];
  const folder = join(downloads, `apt-${name}`);
  if (fresh) rmSync(folder, { recursive: true, force: true });
  filledFolderSync(folder, (partial) => {
    for (const each of ['var/lib/apt/lists/partial', 'var/cache/apt/archives/partial', 'apt.conf.d']) {
      mkdirSync(join(partial, each), { recursive: true });
    }
    writeFileSync(join(partial, 'status'), '');
    // Without the keyring, as on other systems, the pinned digests alone vouch for what is fetched.
    const trust = existsSync(keyring) ? `signed-by=${keyring}` : 'trusted=yes';
    writeFileSync(join(partial, 'sources.list'), `deb [${trust} check-valid-until=no] ${archive} ${suite} main\n`);
    runProgram('apt-get', [...options(partial), 'update']);
  });
  return {
    /** Fetches a package, at a version or the current one, and returns the file. */
    download(packageName: string, version?: string): string {
      const target = mkdtempSync(join(folder, 'download-'));
      try {
        runProgram('apt-get', [...options(folder), 'download', version === undefined ? packageName : `${packageName}=${version}`], {
          cwd: target,
        });
        const [file] = readdirSync(target);
        if (file === undefined) throw new Error(`apt-get download ${packageName} wrote no file`);
        const kept = join(folder, `${process.pid}-${file}`);
        renameSync(join(target, file), kept);
        return kept;
      } finally {
        rmSync(target, { recursive: true, force: true });
      }
    },
  };
}

function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
