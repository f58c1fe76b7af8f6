// npm run e2e [-- --on lab|kind|kubeconfig] [ARGUMENTS OF VITEST]: the suites on a real cluster.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root } from './lib/root.mjs';
import { main, progress, run } from './lib/run.mjs';
import { ensureTools } from './lib/tools.mjs';

const help = `npm run e2e [-- OPTION…] [SUITE…]: runs the suites on a real cluster.

  --on lab            three nodes as namespaces of this machine, made and removed by each suite (the default)
  --on kind           a kind cluster in a container engine of its own
  --on kubeconfig     the cluster of --kubeconfig; what it cannot do is skipped by name with the reason
  --kubeconfig FILE   with --on kubeconfig (default: $KUBECONFIG)
  --pool RANGE        with --on kubeconfig: addresses that Services may have and that this machine reaches, FIRST-LAST; may be repeated
  SUITE               part of a file's name under e2e/cluster-suites; all of them without it`;

main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      on: { type: 'string', default: 'lab' },
      kubeconfig: { type: 'string' },
      pool: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  if (!['lab', 'kind', 'kubeconfig'].includes(values.on)) throw new Error(`--on ${values.on}: allowed are lab, kind and kubeconfig`);
  const kubeconfig = values.kubeconfig ?? (values.on === 'kubeconfig' ? process.env.KUBECONFIG : undefined);
  if (values.on === 'kubeconfig') {
    if (kubeconfig === undefined || kubeconfig === '') throw new Error('--on kubeconfig: give --kubeconfig FILE or set $KUBECONFIG');
    if (!existsSync(kubeconfig)) throw new Error(`--kubeconfig ${kubeconfig}: there is no such file`);
  } else if (values.kubeconfig !== undefined) throw new Error(`--kubeconfig goes with --on kubeconfig, not with --on ${values.on}`);
  await ensureDependencies();
  await ensureBuild();
  for (const reason of await ensureTools()) progress(reason);
  return run('vitest', ['run', '--root', root, '--project', 'cluster', ...positionals], {
    env: {
      SEAMARK_E2E_ON: values.on,
      ...(kubeconfig === undefined ? {} : { SEAMARK_E2E_KUBECONFIG: resolve(kubeconfig) }),
      ...(values.pool.length === 0 ? {} : { SEAMARK_E2E_POOLS: values.pool.join(',') }),
    },
  });
});
