import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectNothing } from '../../corefile/arguments/expect-nothing.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';

/** The directive `debug`: accepted; the process's log level says which lines are written. */
export const debugSetup: DirectiveSetup = {
  name: 'debug',
  setup(uses, context) {
    readEach(uses, context, expectNothing);
    context.warn('debug changes nothing: faults never end the process, and --log-level debug gives the lines', uses[0].at);
    return {};
  },
};
