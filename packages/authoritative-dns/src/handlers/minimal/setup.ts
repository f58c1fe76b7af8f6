import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { minimalHandler } from './minimal-handler.ts';

/** The directive `minimal`: positive answers without what was not asked for. */
export const minimalSetup: DirectiveSetup = {
  name: 'minimal',
  setup(uses) {
    for (const use of uses) {
      expectArguments(use, 0, 0);
      expectNoBlock(use);
    }
    return { handler: minimalHandler };
  },
};
