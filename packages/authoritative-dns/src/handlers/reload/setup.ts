import type { DirectiveSetup, Token } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { servicesOf } from '../../server/server-services.ts';
import { watchFiles } from './watch-files.ts';

const leastIntervalMs = 2000;
const leastJitterMs = 1000;

/** The directive `reload [INTERVAL] [JITTER]`: takes a changed Corefile into use. */
export const reloadSetup: DirectiveSetup = {
  name: 'reload',
  once: 'the first counts',
  setup([use], context) {
    expectArguments(use, 0, 2, 'reload [INTERVAL] [JITTER]');
    expectNoBlock(use);
    const [interval, jitter] = use.args;
    const intervalMs = interval === undefined ? 30_000 : readDuration(interval, { leastMs: leastIntervalMs });
    const wantedJitterMs = jitter === undefined ? 15_000 : readJitter(jitter);
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

function readJitter(token: Token): number {
  const jitterMs = readDuration(token);
  if (jitterMs === 0 || jitterMs >= leastJitterMs) return jitterMs;
  throw corefileError(token.at, `${JSON.stringify(token.text)} is out of range: a jitter is 0, or at least ${leastJitterMs / 1000}s`);
}
