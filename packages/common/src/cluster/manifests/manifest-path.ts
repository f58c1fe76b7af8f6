import { type FSWatcher, readFileSync, statSync, watch, type WatchEventType } from 'node:fs';
import { basename, dirname, extname } from 'node:path';

/** True for the names of files that a folder of manifests is made of; hidden files (editors' swap files, `..data`) are none. */
export function isManifestName(name: string): boolean {
  return !name.startsWith('.') && ['.yaml', '.yml', '.json'].includes(extname(name).toLowerCase());
}

/** What is at a path, through symbolic links. Anything but folders and regular files (pipes, sockets, dangling links) is `nothing`. */
export function kindOfPath(path: string): 'file' | 'folder' | 'nothing' {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true ? 'file' : stats?.isDirectory() === true ? 'folder' : 'nothing';
  } catch {
    return 'nothing';
  }
}

/** How long ago a write must lie before a file that looks unfinished is taken as it is. */
const unfinishedMs = 20;
/** Writers hand larger files over in several writes, so a reader may see a part. */
const severalWritesBytes = 32 * 1024;

/**
 * Content of a file; `unfinished` when it was written to just now and looks like the first part of something: large, or without a final
 * newline. `undefined` when it is gone. Throws what the system says when it is there and cannot be read.
 */
export function readIfFinished(path: string, nowMs: number): Buffer | 'unfinished' | undefined {
  try {
    const before = statSync(path);
    const bytes = readFileSync(path);
    const looksUnfinished = bytes.length >= severalWritesBytes || (bytes.length > 0 && bytes.at(-1) !== 0x0a);
    if (looksUnfinished && nowMs - before.mtimeMs < unfinishedMs) return 'unfinished';
    return bytes;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Watches one folder, not what is below it. `onEvent` gets the name in the folder, or undefined when the folder itself may be gone. */
export function watchFolder(path: string, onEvent: (name: string | undefined) => void, onError: (error: unknown) => void): Disposable {
  let watcher: FSWatcher;
  try {
    watcher = watch(path, { persistent: true }, (event: WatchEventType, name) =>
      onEvent(name === null || (event === 'rename' && name === basename(path)) ? undefined : name),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onError(error);
    return { [Symbol.dispose]() {} };
  }
  watcher.on('error', onError);
  return { [Symbol.dispose]: () => watcher.close() };
}

/** The nearest folder above a path that exists. */
export function existingFolderAbove(path: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (kindOfPath(folder) === 'folder' || folder === dirname(folder)) return folder;
  }
}
