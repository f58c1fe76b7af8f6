import type { DirectiveSetup } from '../../chain/setup.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { readRule } from './read-rules.ts';
import { RewriteHandler } from './rewrite-handler.ts';

/** The directive `rewrite`: changes questions, and answers back. */
export const rewriteSetup: DirectiveSetup = {
  name: 'rewrite',
  setup(uses, context) {
    return { handler: new RewriteHandler(readEach(uses, context, (use) => readRule(use, context))) };
  },
};
