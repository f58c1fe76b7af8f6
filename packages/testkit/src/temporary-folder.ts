import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder that is removed by `[Symbol.dispose]`, and at process exit if that was missed. */
export interface TemporaryFolder extends Disposable {
  readonly path: string;
}

/** Makes a {@link TemporaryFolder}; `label` becomes part of its name. */
export function temporaryFolder(label: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `seamark-${label}-`));
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  process.once('exit', remove);
  return {
    path,
    [Symbol.dispose]() {
      process.removeListener('exit', remove);
      remove();
    },
  };
}
