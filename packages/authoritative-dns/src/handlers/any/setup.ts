import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { anyHandler } from './any-handler.ts';

/** The directive `any`: small answers to questions of type ANY. */
export const anySetup: DirectiveSetup = {
  name: 'any',
  setup(uses) {
    for (const use of uses) {
      expectArguments(use, 0, 0);
      expectNoBlock(use);
    }
    return { handler: anyHandler };
  },
};
