import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';

/** The directive `debug`: accepted; the process's log level says which lines are written. */
export const debugSetup: DirectiveSetup = {
  name: 'debug',
  setup(uses, context) {
    for (const use of uses) {
      expectArguments(use, 0, 0);
      expectNoBlock(use);
    }
    const [first] = uses;
    if (first !== undefined)
      context.warn('debug changes nothing: faults never end the process, and --log-level debug gives the lines', first.at);
    return {};
  },
};
