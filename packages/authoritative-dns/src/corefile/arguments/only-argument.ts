import type { Directive, DirectiveLine, Token } from '../../chain/setup.ts';
import { expectArguments } from './expect-arguments.ts';

/** The one argument that a directive, or a line of its braces, has. Throws SM_COREFILE_INVALID for none and for more; `usage` as in {@link expectArguments}. */
export function onlyArgument(line: Directive | DirectiveLine, usage?: string): Token {
  expectArguments(line, 1, 1, usage);
  return line.args[0] as Token;
}
