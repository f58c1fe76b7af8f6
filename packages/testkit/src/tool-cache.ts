import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const toolsFolder = resolve(import.meta.dirname, '../../../e2e/tools');

/** Folder outside the checkout in which `npm run setup` keeps the programs that it builds. */
export function toolCacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'seamark', 'tools');
}

/** Where the programs of e2e/tools/`tool` are kept: keyed by go.mod and go.sum, so a new version is a new folder. */
export function builtToolFolder(tool: string): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(toolsFolder, tool, file)));
  return join(toolCacheFolder(), `${tool}-${hash.digest('hex').slice(0, 12)}`);
}
