import { availableParallelism } from 'node:os';

import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { readInteger } from '../../corefile/arguments/read-integer.ts';

/** The directive `multisocket [NUMBER]`: how many sockets listen on each address. */
export const multisocketSetup: DirectiveSetup = {
  name: 'multisocket',
  once: true,
  setup([use]) {
    expectArguments(use, 0, 1, 'multisocket [NUMBER]');
    expectNoBlock(use);
    const [number] = use.args;
    const sockets =
      number === undefined ? availableParallelism() : readInteger(number, { what: 'a number of sockets', least: 1, most: 1024 });
    return { listen: { sockets } };
  },
};
