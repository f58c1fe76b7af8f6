import { hostname } from 'node:os';

import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';

import { packageVersion } from '../../package-version.ts';
import { createChaosHandler } from './chaos-handler.ts';

const defaultAuthors = ['The Seamark authors'];

/** The directive `chaos [VERSION] [AUTHORS...]`: what the server says about itself. */
export const chaosSetup: DirectiveSetup = {
  name: 'chaos',
  setup(uses, context) {
    readEach(uses, context, expectNoBlock);
    // As in CoreDNS, the first use counts.
    const [version, ...authors] = uses[0].args.map((token) => token.text);
    const identity = {
      version: version ?? `Seamark-${packageVersion}`,
      hostName: hostname(),
      authors: authors.length === 0 ? defaultAuthors : [...new Set(authors)],
    };
    return { handler: createChaosHandler(identity, Math.random) };
  },
};
