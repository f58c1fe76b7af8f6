import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';

/** The directive `cancel [TIMEOUT]`: accepted, since what can wait here has a time limit of its own. */
export const cancelSetup: DirectiveSetup = {
  name: 'cancel',
  once: 'the last counts',
  setup([use]) {
    expectArguments(use, 0, 1, 'cancel [TIMEOUT]');
    expectNoBlock(use);
    if (use.args[0] !== undefined) readDuration(use.args[0], { leastMs: 1 });
    return {};
  },
};
