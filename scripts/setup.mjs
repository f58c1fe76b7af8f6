// npm run setup [-- --all]: packages, a build, and what the suites (--all: the benches too) need.
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { main, progress } from './lib/run.mjs';
import { ensureTools } from './lib/tools.mjs';

main(async () => {
  await ensureDependencies();
  await ensureBuild();
  const reasons = await ensureTools({ all: process.argv.includes('--all') });
  for (const reason of reasons) progress(reason);
  return reasons.length === 0 ? 0 : 1;
});
