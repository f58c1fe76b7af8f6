import type { Directive, DirectiveLine, SetupContext } from '../../chain/setup.ts';
import { lineName } from './line-name.ts';

/** What `read` makes of each use of a directive, or of each line of its braces; the mistakes of each are told, and it is left out. */
export function readEach<Line extends Directive | DirectiveLine, T>(
  lines: readonly Line[],
  context: Pick<SetupContext, 'collect'>,
  read: (line: Line) => T,
): T[] {
  return lines.flatMap((line) => context.collect(lineName(line).at, () => [read(line)], []));
}
