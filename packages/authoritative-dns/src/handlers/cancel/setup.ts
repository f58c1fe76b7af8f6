import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { onlyUse } from '../../corefile/arguments/only-use.ts';
import { readDuration } from '../../corefile/arguments/read-duration.ts';

/** The directive `cancel [TIMEOUT]`: accepted, since what can wait here has a time limit of its own. */
export const cancelSetup: DirectiveSetup = {
  name: 'cancel',
  setup(uses) {
    const use = onlyUse(uses);
    expectArguments(use, 0, 1, 'cancel [TIMEOUT]');
    expectNoBlock(use);
    if (use.args[0] !== undefined) readDuration(use.args[0], { leastMs: 1 });
    return {};
  },
};
