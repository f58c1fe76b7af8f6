import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { onlyUse } from '../../corefile/arguments/only-use.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { servicesOf } from '../../server/server-services.ts';
import { watchFiles } from './watch-files.ts';

const leastIntervalMs = 2000;
const leastJitterMs = 1000;

/** The directive `reload [INTERVAL] [JITTER]`: takes a changed Corefile into use. */
export const reloadSetup: DirectiveSetup = {
  name: 'reload',
  setup(uses, context) {
    const use = onlyUse(uses);
    expectArguments(use, 0, 2, 'reload [INTERVAL] [JITTER]');
    expectNoBlock(use);
    const [interval, jitter] = use.args;
    // Too small ones are raised, as CoreDNS does.
    const intervalMs = Math.max(leastIntervalMs, interval === undefined ? 30_000 : readDuration(interval));
    const wantedJitterMs = Math.max(leastJitterMs, jitter === undefined ? 15_000 : readDuration(jitter));
    const jitterMs = Math.min(wantedJitterMs, intervalMs / 2);
    // One watch serves the whole file, however many blocks ask for it.
    if (context.shared('reload', () => use) !== use) return {};
    let watch: Disposable | undefined;
    return {
      async start() {
        const services = servicesOf(context);
        watch = watchFiles({ intervalMs, jitterMs, services });
      },
      async stop() {
        watch?.[Symbol.dispose]();
      },
    };
  },
};
