// npm test: sets up what the suites need and runs them. Arguments after -- go to vitest.
import { join } from 'node:path';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root } from './lib/root.mjs';
import { main, progress, run } from './lib/run.mjs';
import { ensureTools } from './lib/tools.mjs';

main(async () => {
  await ensureDependencies();
  await ensureBuild();
  const reasons = await ensureTools();
  for (const reason of reasons) progress(reason);
  if (reasons.length > 0 && process.env.CI === 'true')
    throw new Error('CI must run every suite, and something that they need is missing (see above)');
  const report = process.env.SEAMARK_TEST_REPORT;
  const reporters = report === undefined ? [] : ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // The long suites on a cluster are `npm run e2e`.
  const projects = process.argv.some((argument) => argument.startsWith('--project')) ? [] : ['--project=!cluster'];
  return run('vitest', ['run', '--root', root, ...projects, ...reporters, ...process.argv.slice(2)], {
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled') },
  });
});
