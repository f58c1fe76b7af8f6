import { randomInt } from 'node:crypto';

import { systemClock } from '@seamark/common/controller';

import type { DirectiveSetup } from '../../chain/setup.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { createForwardMetrics } from './forward-metrics.ts';
import { ForwardHandler } from './forward-handler.ts';
import { Forwarder } from './forwarder.ts';
import { openUpstreams } from './open-upstreams.ts';
import { readForwardOptions } from './read-options.ts';

/** The directive `forward`: asks other servers. */
export const forwardSetup: DirectiveSetup = {
  name: 'forward',
  setup(uses, context) {
    const lines = readEach(uses, context, (use) => ({ at: use.at, options: readForwardOptions(use, context) }));
    const forwarders: Forwarder[] = [];
    const opened: Disposable[] = [];
    return {
      handler: new ForwardHandler(forwarders),
      async start(signal) {
        const parts = {
          clock: systemClock,
          random: (limit: number) => randomInt(limit),
          metrics: createForwardMetrics(context.metrics),
          logger: context.logger.child('forward'),
        };
        for (const { at, options } of lines) {
          const upstreams = await openUpstreams(options, at, parts, signal);
          for (const upstream of upstreams) opened.push({ [Symbol.dispose]: () => upstream.close() });
          forwarders.push(new Forwarder({ ...parts, options, upstreams }));
        }
      },
      async stop() {
        for (const upstream of opened) upstream[Symbol.dispose]();
      },
    };
  },
};
