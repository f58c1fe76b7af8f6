// npm run seamark -- ARGS: the binary from the checkout.
import { join } from 'node:path';
import { ensureBuild } from './lib/build.mjs';
import { callFolder } from './lib/call-folder.mjs';
import { ensureDependencies, nodeProgram } from './lib/dependencies.mjs';
import { root } from './lib/root.mjs';
import { main, run } from './lib/run.mjs';

main(async () => {
  await ensureDependencies();
  await ensureBuild();
  return run(nodeProgram(), [join(root, 'packages/cli/dist/main.js'), ...process.argv.slice(2)], { cwd: callFolder('seamark') });
});
