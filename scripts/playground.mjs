// npm run playground: etcd and a Kubernetes API server on free ports with Seamark's CRDs, until Ctrl-C.
import { join } from 'node:path';
import { ensureDependencies, nodeProgram } from './lib/dependencies.mjs';
import { root } from './lib/root.mjs';
import { main, progress, run } from './lib/run.mjs';
import { ensureTools } from './lib/tools.mjs';

main(async () => {
  await ensureDependencies();
  for (const reason of await ensureTools({ purpose: 'playground' })) progress(reason);
  return run(nodeProgram(), ['--conditions=@seamark/source', join(root, 'e2e/playground.ts')]);
});
