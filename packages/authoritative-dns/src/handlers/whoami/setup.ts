import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { whoamiHandler } from './whoami-handler.ts';

/** The directive `whoami`: tells askers what they look like from here. */
export const whoamiSetup: DirectiveSetup = {
  name: 'whoami',
  setup(uses) {
    for (const use of uses) {
      expectArguments(use, 0, 0);
      expectNoBlock(use);
    }
    return { handler: whoamiHandler };
  },
};
