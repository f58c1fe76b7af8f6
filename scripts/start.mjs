// npm start: sets everything up and runs the main job, `seamark up`. Arguments after -- go to it.
import { join } from 'node:path';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies, nodeProgram } from './lib/dependencies.mjs';
import { root } from './lib/root.mjs';
import { main, run } from './lib/run.mjs';

main(async () => {
  await ensureDependencies();
  await ensureBuild();
  return run(nodeProgram(), [join(root, 'packages/cli/dist/main.js'), 'up', ...process.argv.slice(2)], {
    cwd: process.cwd(),
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled') },
  });
});
