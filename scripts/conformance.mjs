// npm run conformance [-- --cases DIR] [-- --only NAME]: recorded behaviour through the packages' public entry points.
import { join } from 'node:path';
import { ensureDependencies, nodeProgram } from './lib/dependencies.mjs';
import { root } from './lib/root.mjs';
import { main, run } from './lib/run.mjs';

main(async () => {
  await ensureDependencies();
  return run(nodeProgram(), ['--conditions=@seamark/source', join(root, 'e2e/conformance/main.ts'), ...process.argv.slice(2)], {
    cwd: process.cwd(),
  });
});
