// npm run lab -- up|status|load|kubeconfig|run|fault|logs|down: a Kubernetes cluster of namespaces on this machine.
import { join } from 'node:path';
import { ensureDependencies, nodeProgram } from './lib/dependencies.mjs';
import { root } from './lib/root.mjs';
import { main, progress, run } from './lib/run.mjs';
import { ensureTools } from './lib/tools.mjs';

main(async () => {
  const args = process.argv.slice(2);
  await ensureDependencies();
  // Only `up` builds: the other commands are for what is running.
  if (args[0] === 'up' && !args.includes('--help') && !args.includes('-h')) {
    for (const reason of await ensureTools({ purpose: 'lab' })) progress(reason);
  }
  return run(nodeProgram(), ['--conditions=@seamark/source', join(root, 'e2e/lab/main.ts'), ...args]);
});
