import type { Directive, DirectiveLine, Token } from '../../chain/setup.ts';

/** Name and place of a directive or of a line of its braces. */
export function lineName(line: Directive | DirectiveLine): Token {
  return 'at' in line ? { text: line.name, at: line.at } : line.name;
}
