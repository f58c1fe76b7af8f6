// npm run fuzz: hostile input in the nightly sizes. Arguments after -- go to vitest, in the place of the suites below.
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root } from './lib/root.mjs';
import { main, progress, run } from './lib/run.mjs';
import { ensureTools } from './lib/tools.mjs';

const suites = [
  'packages/netio/src/addon/fuzz',
  'packages/authoritative-dns/src/wire/fuzz',
  'packages/authoritative-dns/src/respond/mutated-packets',
  'packages/authoritative-dns/src/transport/stream-server',
  'packages/authoritative-dns/src/zone/skydns/hostile-values',
  'e2e/suites/dns/hostile',
];

main(async () => {
  await ensureDependencies();
  await ensureBuild();
  for (const reason of await ensureTools()) progress(reason);
  const sizes = {
    SEAMARK_FUZZ_PACKETS: '10000000',
    SEAMARK_FUZZ_STREAMS: '1000000',
    SEAMARK_FUZZ_VALUES: '100000',
    // Another one each day.
    SEAMARK_FUZZ_SEED: new Date().toISOString().slice(0, 10).replaceAll('-', ''),
  };
  const env = Object.fromEntries(Object.entries(sizes).map(([name, value]) => [name, process.env[name] ?? value]));
  progress(
    Object.entries(env)
      .map((pair) => pair.join('='))
      .join(' '),
  );
  const wanted = process.argv.slice(2);
  return run('vitest', ['run', '--root', root, '--no-file-parallelism', ...(wanted.length === 0 ? suites : wanted)], { env });
});
