import { randomInt } from 'node:crypto';

import { SeamarkError } from '@seamark/common/errors';
import { dnsNameFromWire, tryDnsNameToWire } from '@seamark/common/model';

import type { DirectiveSetup, SetupContext } from '../../chain/setup.ts';
import { expectNothing } from '../../corefile/arguments/expect-nothing.ts';
import { LoopProbe } from './loop-probe.ts';

const firstRetryMs = 100;
const mostRetryMs = 2000;
const giveUpMs = 30_000;
const mostRandom = 2 ** 48 - 1;

/** The directive `loop`: finds out at the start whether the server forwards to itself. */
export const loopSetup: DirectiveSetup = {
  name: 'loop',
  once: true,
  setup([use], context) {
    expectNothing(use);
    const [zone = '.'] = context.zones;
    const probe = new LoopProbe({
      randomName: () => randomName(zone),
      ask: context.askServer,
      firstRetryMs,
      mostRetryMs,
      giveUpMs,
      onLoop: (name) => reportLoop(name, context),
    });
    const ended = new AbortController();
    return {
      handler: probe,
      async start(signal) {
        // Not waited for: questions come back only once the sockets are open.
        void probe.run(AbortSignal.any([signal, ended.signal]));
      },
      async stop() {
        ended.abort();
      },
    };
  },
};

/** Two random labels below the zone; below the root when the zone's own name leaves no room for them. */
function randomName(zone: string): Uint8Array {
  const labels = `${randomInt(mostRandom)}.${randomInt(mostRandom)}`;
  const below = tryDnsNameToWire(zone === '.' ? labels : `${labels}.${zone}`);
  return below.ok ? below.value : (tryDnsNameToWire(labels) as { readonly value: Uint8Array }).value;
}

function reportLoop(name: Uint8Array, context: SetupContext): void {
  const error = new SeamarkError(
    'SM_FORWARDING_LOOP',
    `${context.server}: the question "HINFO IN ${dnsNameFromWire(name)}." was asked once and came in more than twice: forward leads back here`,
  );
  if (context.fail === undefined) context.logger.error('The server forwards to itself', { err: error });
  else context.fail(error);
}
