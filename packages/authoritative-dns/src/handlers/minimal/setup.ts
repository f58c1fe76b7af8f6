import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectNothing } from '../../corefile/arguments/expect-nothing.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { minimalHandler } from './minimal-handler.ts';

/** The directive `minimal`: positive answers without what was not asked for. */
export const minimalSetup: DirectiveSetup = {
  name: 'minimal',
  setup(uses, context) {
    readEach(uses, context, expectNothing);
    return { handler: minimalHandler };
  },
};
