import type { Directive, DirectiveLine, SetupContext } from '../../chain/setup.ts';
import { expectNoBlock } from './expect-no-block.ts';
import { readEach } from './read-each.ts';

/** What `read` makes of each line of a directive's braces, as {@link readEach} does; lines with braces of their own are mistakes. */
export function readOptions<T>(use: Directive, context: Pick<SetupContext, 'collect'>, read: (line: DirectiveLine) => T): T[] {
  return readEach(use.block, context, (line) => {
    const result = read(line);
    expectNoBlock(line);
    return result;
  });
}
