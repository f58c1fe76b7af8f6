import { hostname } from 'node:os';

import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { createNsidHandler } from './nsid-handler.ts';

/** The directive `nsid [DATA]`: the name server identifier, by default the host's name. */
export const nsidSetup: DirectiveSetup = {
  name: 'nsid',
  once: true,
  setup([use]) {
    expectNoBlock(use);
    const data = use.args.length === 0 ? hostname() : use.args.map((token) => token.text).join(' ');
    return { handler: createNsidHandler(Buffer.from(data, 'utf8')) };
  },
};
