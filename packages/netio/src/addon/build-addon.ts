import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What {@link buildAddon} did: the file, or why there is none. */
export type BuiltAddon = { readonly ok: true; readonly file: string } | { readonly ok: false; readonly problem: string };

/** Folder of this package, from its sources as from its build. */
const packageFolder = join(import.meta.dirname, '../..');
const sourceFolder = join(packageFolder, 'native');

const flags = [
  '-std=c11',
  '-D_GNU_SOURCE',
  '-O2',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  '-pthread',
  '-s',
  '-Wall',
  '-Wextra',
  '-Wshadow',
  '-Wconversion',
];

/** For which machine {@link buildAddon} builds; default: this one. */
export interface AddonTarget {
  /** As `process.arch` has it. */
  readonly arch: string;
  /** A compiler for that machine. */
  readonly compiler: string;
}

/**
 * Compiles the addon with the system's compiler (`cc`, or `$CC`) and Node's headers, once: the file's name has the hash of the sources,
 * so a second call only looks. It is kept in `~/.cache/seamark/netio` (`$XDG_CACHE_HOME/seamark/netio`). Takes about a second.
 */
export function buildAddon(target?: AddonTarget): BuiltAddon {
  const { arch, compiler } = target ?? { arch: process.arch, compiler: process.env['CC'] ?? 'cc' };
  if (process.platform !== 'linux') return { ok: false, problem: `it is for Linux, this is ${process.platform}` };
  if (!existsSync(sourceFolder)) return { ok: false, problem: 'its sources are not here' };
  const sources = readdirSync(sourceFolder)
    .filter((name) => /\.[ch]$/.test(name))
    .sort();
  const hash = createHash('sha256').update(`${arch} ${compiler} ${flags.join(' ')}\n`);
  for (const name of sources) hash.update(`${name}\n`).update(readFileSync(join(sourceFolder, name)));
  const folder = join(cacheFolder(), 'seamark/netio');
  const file = join(folder, `netio-${arch}-${hash.digest('hex').slice(0, 16)}.node`);
  if (existsSync(file)) return { ok: true, file };
  const headers = nodeHeaders();
  if (headers === undefined) return { ok: false, problem: `Node's headers are not beside ${process.execPath}` };
  return compile(compiler, sources, headers, file);
}

function compile(compiler: string, sources: readonly string[], headers: string, file: string): BuiltAddon {
  // Arrives by a rename: two processes may build at the same time.
  const partial = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const inputs = sources.filter((name) => name.endsWith('.c')).map((name) => join(sourceFolder, name));
    const { status, stderr, error } = spawnSync(compiler, [...flags, `-I${headers}`, '-o', partial, ...inputs], { encoding: 'utf8' });
    if (error !== undefined) return { ok: false, problem: `there is no C compiler (${compiler}: ${error.message})` };
    if (status !== 0) return { ok: false, problem: `${compiler} could not compile it: ${stderr.trim()}` };
    renameSync(partial, file);
    return { ok: true, file };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  } finally {
    remove(partial);
  }
}

/** A folder that cannot be written cannot be read either, as a rule, and why has been said by then. */
function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It stays, or was never there.
  }
}

function cacheFolder(): string {
  return process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
}

/** Node's npm package, its archives and its installers all have the headers beside `bin`; distributions have them in /usr. */
function nodeHeaders(): string | undefined {
  const folders = [join(dirname(process.execPath), '../include/node'), '/usr/include/node', '/usr/include/nodejs/src'];
  return folders.find((folder) => existsSync(join(folder, 'node_api.h')));
}
