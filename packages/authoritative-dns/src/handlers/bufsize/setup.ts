import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { readEach } from '../../corefile/arguments/read-each.ts';
import { readInteger } from '../../corefile/arguments/read-integer.ts';
import { createBufsizeHandler } from './bufsize-handler.ts';

const defaultOctets = 1232;

/** The directive `bufsize [SIZE]`: the largest answer over UDP. */
export const bufsizeSetup: DirectiveSetup = {
  name: 'bufsize',
  setup(uses, context) {
    const sizes = readEach(uses, context, (use) => {
      expectArguments(use, 0, 1, 'bufsize [SIZE]');
      expectNoBlock(use);
      const [size] = use.args;
      return size === undefined ? defaultOctets : readInteger(size, { what: 'a size in octets', least: 512, most: 4096 });
    });
    return { handler: createBufsizeHandler(sizes.at(-1) ?? defaultOctets) };
  },
};
