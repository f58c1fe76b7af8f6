import type { Directive, DirectiveLine } from '../../chain/setup.ts';
import { corefileError } from '../corefile-error.ts';
import { lineName } from './line-name.ts';

/** Throws SM_COREFILE_INVALID when a directive, or a line of its braces, has braces with something in them. */
export function expectNoBlock(line: Directive | DirectiveLine): void {
  const [first] = line.block;
  if (first === undefined) return;
  throw corefileError(first.name.at, `${lineName(line).text} takes no options in braces, and ${JSON.stringify(first.name.text)} is one`);
}
