// npm run bench [-- NAME…]: the figures, each beside its peer in the same run; one JSON line per figure on standard output.
import { join } from 'node:path';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies, nodeProgram } from './lib/dependencies.mjs';
import { root } from './lib/root.mjs';
import { main, progress, run } from './lib/run.mjs';
import { ensureTools } from './lib/tools.mjs';

main(async () => {
  await ensureDependencies();
  await ensureBuild();
  for (const reason of await ensureTools({ all: true })) progress(reason);
  return run(nodeProgram(), ['--conditions=@seamark/source', join(root, 'bench/main.ts'), ...process.argv.slice(2)], {
    cwd: process.cwd(),
  });
});
