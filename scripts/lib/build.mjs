import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { nodeProgram } from './dependencies.mjs';
import { must, progress, run } from './run.mjs';

const stampFile = join(root, 'node_modules/.seamark-built');

/** Compiles what `seamark` needs when a source is newer than the last build. A few milliseconds when nothing changed. */
export async function ensureBuild() {
  const wanted = sourcesState();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted && existsSync(join(root, 'packages/cli/dist/main.js'))) return;
  progress('compiling');
  await must('compiling', 'tsc', ['-b', 'packages/cli'], { stdio: ['ignore', 2, 2] });
  await buildNative();
  writeFileSync(stampFile, wanted);
}

/** Compiles netio's native part, once for its sources; without a compiler DNS is answered by Node alone, which this says. */
async function buildNative() {
  const build =
    "import { buildAddon } from '@seamark/netio/build'; const built = buildAddon(); if (!built.ok) console.error(`seamark: netio answers without its native part: ${built.problem}`);";
  await run(nodeProgram(), ['--input-type=module', '-e', build], {
    cwd: join(root, 'packages/authoritative-dns'),
    stdio: ['ignore', 2, 2],
  });
}

/** Number of source files and the newest change among them; renames change the folder's own time. */
function sourcesState() {
  let count = 0;
  let newestMs = 0;
  const visit = (folder) => {
    newestMs = Math.max(newestMs, statSync(folder).mtimeMs);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else {
        count++;
        newestMs = Math.max(newestMs, statSync(path).mtimeMs);
      }
    }
  };
  for (const entry of readdirSync(join(root, 'packages'))) {
    for (const part of ['src', 'native']) {
      const source = join(root, 'packages', entry, part);
      if (existsSync(source)) visit(source);
    }
  }
  return `${count} ${newestMs}`;
}
