import { readdirSync, realpathSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { Clock } from '../../controller/clock.ts';
import { existingFolderAbove, isManifestName, kindOfPath, readIfFinished, watchFolder } from './manifest-path.ts';

/** Options of {@link FileTree}. */
export interface FileTreeOptions {
  /** A folder, read with all folders below it, or one file of any name. It may vanish and come back. */
  readonly path: string;
  readonly clock: Clock;
  /** From the first event to the reading, so that one write with several events is one reading. */
  readonly debounceMs: number;
  /** Content of a file, by its path as given; undefined = it is gone. */
  readonly onFile: (path: string, bytes: Buffer | undefined) => void;
  /** A file is there and cannot be read. */
  readonly onUnreadable: (path: string, error: unknown) => void;
  /** A folder cannot be watched or read; its files keep their last state. */
  readonly onError: (path: string, error: unknown) => void;
}

interface Folder {
  watch: Disposable;
  readonly files: Set<string>; // names
  readonly folders: Set<string>; // names
}

/** Events beyond this in one batch may have outrun the kernel's queue, which drops silently: everything is looked through once more. */
const stormEvents = 500;
const afterStormMs = 250;
/** An unfinished file is read as it is after this many looks, `retryMs` apart: somebody keeps writing to it. */
const mostRetries = 25;
const retryMs = 20;
/** Files read in one go before others get the event loop. */
const sliceMs = 15;

/**
 * Follows the files below a path. Each folder has a watch of its own, placed before the folder is read, so nothing that happens between
 * the two is missed; Node's recursive watch would hold one for each file and has that gap. A further one lies on the folder above, and
 * tells when the path itself goes or comes. Nothing runs while nothing happens.
 */
export class FileTree {
  readonly #options: FileTreeOptions;
  readonly #root: string;
  readonly #folders = new Map<string, Folder>(); // by full path
  readonly #dirty = new Map<string, Set<string> | 'all'>(); // folder → names
  readonly #retries = new Map<string, number>();
  #rootIsFile = false;
  #rootPresent = false;
  #above: { readonly path: string; readonly watch: Disposable } | undefined;
  #timer: Disposable | undefined;
  #stormTimer: Disposable | undefined;
  #events = 0;
  #closed = false;

  constructor(options: FileTreeOptions) {
    this.#options = options;
    this.#root = resolve(options.path);
  }

  /** Reads everything once and begins to watch. Resolves when all files present have been handed over. */
  async start(): Promise<void> {
    this.#watchAbove();
    const found: string[] = [];
    this.#visitRoot((path) => void found.push(path));
    let sliceEnd = this.#options.clock.monotonicMs() + sliceMs;
    for (const path of found.sort()) {
      if (this.#closed) return;
      // At the start every file is taken as it is: nothing is known that a part of it could take away.
      this.#readFile(path, true);
      if (this.#options.clock.monotonicMs() < sliceEnd) continue;
      await new Promise((resume) => setImmediate(resume));
      sliceEnd = this.#options.clock.monotonicMs() + sliceMs;
    }
  }

  /** Reads files again, by the paths that were handed over. */
  readAgain(paths: Iterable<string>): void {
    for (const path of paths) this.#readFile(resolve(path), true);
  }

  /** True when a path handed over belongs to this tree. */
  contains(path: string): boolean {
    const full = resolve(path);
    return full === this.#root || full.startsWith(this.#root + sep);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    this.#stormTimer?.[Symbol.dispose]();
    this.#above?.watch[Symbol.dispose]();
    for (const folder of this.#folders.values()) folder.watch[Symbol.dispose]();
    this.#folders.clear();
  }

  #watchAbove(): void {
    const path = existingFolderAbove(this.#root);
    this.#above?.watch[Symbol.dispose]();
    const towards = relative(path, this.#root).split(sep)[0];
    this.#above = {
      path,
      watch: watchFolder(
        path,
        (name) => {
          if (name === undefined || name === towards) this.#touch('', undefined);
        },
        (error) => this.#options.onError(path, error),
      ),
    };
  }

  /** The path itself may have gone, come, or become another folder. */
  #visitRoot(onFile: (path: string) => void): void {
    const kind = kindOfPath(this.#root);
    const above = existingFolderAbove(this.#root);
    if (above !== this.#above?.path || kind === 'nothing') {
      this.#watchAbove();
      // Something may have been made between the look and the watch.
      if (kindOfPath(this.#root) !== kind) return this.#visitRoot(onFile);
    }
    if (this.#rootIsFile && kind !== 'file') this.#options.onFile(this.#shown(this.#root), undefined);
    if (this.#rootPresent && kind !== 'folder') this.#dropFolder(this.#root);
    this.#rootIsFile = kind === 'file';
    this.#rootPresent = kind === 'folder';
    if (kind === 'file') onFile(this.#root);
    if (kind === 'folder') this.#visitFolder(this.#root, onFile, new Set());
  }

  /** Watches a folder anew and looks through it and all below. */
  #visitFolder(path: string, onFile: (path: string) => void, ancestors: ReadonlySet<string>): void {
    let real: string;
    try {
      real = realpathSync(path);
    } catch {
      return this.#dropFolder(path);
    }
    // A symbolic link to a folder that it lies in.
    if (ancestors.has(real)) return;
    const known = this.#folders.get(path);
    // A folder that was removed and made again has the same name and no watch any more.
    known?.watch[Symbol.dispose]();
    const folder: Folder = known ?? { watch: { [Symbol.dispose]() {} }, files: new Set(), folders: new Set() };
    folder.watch = watchFolder(
      path,
      (name) => this.#touch(path, name),
      (error) => this.#options.onError(this.#shown(path), error),
    );
    this.#folders.set(path, folder);
    let names: string[];
    try {
      names = readdirSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#dropFolder(path);
      else this.#options.onError(this.#shown(path), error);
      return;
    }
    const present = new Set(names);
    for (const name of [...folder.files, ...folder.folders]) if (!present.has(name)) this.#visitEntry(path, name, onFile, ancestors);
    const within = new Set([...ancestors, real]);
    for (const name of names) this.#visitEntry(path, name, onFile, within);
  }

  #visitEntry(parent: string, name: string, onFile: (path: string) => void, ancestors: ReadonlySet<string>): void {
    if (name.startsWith('.')) return;
    const folder = this.#folders.get(parent);
    if (folder === undefined) return;
    const path = join(parent, name);
    const kind = kindOfPath(path);
    if (kind !== 'file' && folder.files.delete(name)) this.#options.onFile(this.#shown(path), undefined);
    if (kind !== 'folder' && folder.folders.delete(name)) this.#dropFolder(path);
    if (kind === 'file' && isManifestName(name)) {
      folder.files.add(name);
      onFile(path);
    } else if (kind === 'folder') {
      folder.folders.add(name);
      this.#visitFolder(path, onFile, ancestors);
    }
  }

  #dropFolder(path: string): void {
    const folder = this.#folders.get(path);
    if (folder === undefined) return;
    this.#folders.delete(path);
    folder.watch[Symbol.dispose]();
    for (const name of folder.files) this.#options.onFile(this.#shown(join(path, name)), undefined);
    for (const name of folder.folders) this.#dropFolder(join(path, name));
  }

  #touch(folder: string, name: string | undefined): void {
    if (this.#closed) return;
    this.#events += 1;
    const names = this.#dirty.get(folder);
    // Hidden names matter where files are links through them, as in a mounted ConfigMap (`..data`).
    if (name === undefined || name.startsWith('..')) this.#dirty.set(folder, 'all');
    else if (names === undefined) this.#dirty.set(folder, new Set([name]));
    else if (names !== 'all') names.add(name);
    this.#timer ??= this.#options.clock.schedule(this.#options.debounceMs, () => this.#process());
  }

  #process(): void {
    this.#timer = undefined;
    const dirty = [...this.#dirty];
    const storm = this.#events > stormEvents;
    this.#dirty.clear();
    this.#events = 0;
    const paths = new Set<string>();
    const add = (path: string): void => void paths.add(path);
    for (const [folder, names] of dirty) {
      if (folder === '') this.#visitRoot(add);
      else if (names === 'all') this.#visitGone(folder, add);
      else {
        const ancestors = this.#ancestorsOf(folder);
        for (const name of names) this.#visitEntry(folder, name, add, ancestors);
      }
    }
    for (const path of paths) this.#readFile(path, false);
    if (storm) {
      this.#stormTimer?.[Symbol.dispose]();
      this.#stormTimer = this.#options.clock.schedule(afterStormMs, () => this.#touch('', undefined));
    }
  }

  /** A folder whose own watch says that it may be gone. */
  #visitGone(folder: string, onFile: (path: string) => void): void {
    if (!this.#folders.has(folder)) return;
    if (folder === this.#root || kindOfPath(folder) !== 'folder') this.#visitRoot(onFile);
    else this.#visitFolder(folder, onFile, this.#ancestorsOf(folder));
  }

  #ancestorsOf(folder: string): Set<string> {
    const ancestors = new Set<string>();
    for (let path = folder; path.startsWith(this.#root); path = resolve(path, '..')) {
      try {
        ancestors.add(realpathSync(path));
      } catch {
        // Gone; it lies in nothing.
      }
      if (path === resolve(path, '..')) break;
    }
    return ancestors;
  }

  #readFile(path: string, asItIs: boolean): void {
    const retries = this.#retries.get(path) ?? 0;
    const wallMs = asItIs || retries >= mostRetries ? Number.POSITIVE_INFINITY : this.#options.clock.wallMs();
    let bytes: ReturnType<typeof readIfFinished>;
    try {
      bytes = readIfFinished(path, wallMs);
    } catch (error) {
      this.#retries.delete(path);
      this.#options.onUnreadable(this.#shown(path), error);
      return;
    }
    if (bytes === 'unfinished') {
      this.#retries.set(path, retries + 1);
      this.#options.clock.schedule(retryMs, () => {
        if (!this.#closed && (path === this.#root || this.#isKnown(path))) this.#readFile(path, false);
      });
      return;
    }
    this.#retries.delete(path);
    this.#options.onFile(this.#shown(path), bytes);
  }

  #isKnown(path: string): boolean {
    return this.#folders.get(resolve(path, '..'))?.files.has(path.slice(path.lastIndexOf(sep) + 1)) === true;
  }

  /** A path as the user gave it. */
  #shown(path: string): string {
    return path === this.#root ? this.#options.path : join(this.#options.path, relative(this.#root, path));
  }
}
