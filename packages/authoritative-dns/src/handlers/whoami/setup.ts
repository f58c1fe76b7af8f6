import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectNothing } from '../../corefile/arguments/expect-nothing.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { whoamiHandler } from './whoami-handler.ts';

/** The directive `whoami`: tells askers what they look like from here. */
export const whoamiSetup: DirectiveSetup = {
  name: 'whoami',
  setup(uses, context) {
    readEach(uses, context, expectNothing);
    return { handler: whoamiHandler };
  },
};
