import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Hash over names and contents of a file, or of the files of a folder, that decide what is built from it: not its tests, documents and build results. */
export function sourceHash(folder: string): string {
  const hash = createHash('sha256');
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (/^(node_modules|dist|fixtures|rootfs)$|\.test\.ts$|\.md$/.test(entry.name)) continue;
      const child = join(path, entry.name);
      if (entry.isDirectory()) visit(child);
      else if (entry.isFile())
        hash
          .update(`${child.slice(folder.length)}\0`)
          .update(readFileSync(child))
          .update('\0');
    }
  };
  if (statSync(folder).isDirectory()) visit(folder);
  else hash.update(readFileSync(folder));
  return hash.digest('hex');
}
