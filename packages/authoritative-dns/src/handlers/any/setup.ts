import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectNothing } from '../../corefile/arguments/expect-nothing.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { anyHandler } from './any-handler.ts';

/** The directive `any`: small answers to questions of type ANY. */
export const anySetup: DirectiveSetup = {
  name: 'any',
  setup(uses, context) {
    readEach(uses, context, expectNothing);
    return { handler: anyHandler };
  },
};
