import type { Directive, DirectiveLine } from '../../chain/setup.ts';
import { corefileError } from '../corefile-error.ts';
import { lineName } from './line-name.ts';

/**
 * Throws SM_COREFILE_INVALID unless a directive, or a line of its braces, has `least` to `most` arguments. `usage` is what it looks
 * like when it is right: `consolidate DURATION REGEXP`.
 */
export function expectArguments(line: Directive | DirectiveLine, least: number, most = Number.POSITIVE_INFINITY, usage?: string): void {
  const count = line.args.length;
  if (count >= least && count <= most) return;
  const { text: name, at } = lineName(line);
  const written = usage === undefined ? '' : `: write ${usage}`;
  const tooMany = line.args[most];
  if (count > most && tooMany !== undefined) {
    throw corefileError(tooMany.at, `${name} takes ${amount(least, most)}, and ${JSON.stringify(tooMany.text)} is one too many${written}`);
  }
  throw corefileError(at, `${name} needs ${amount(least, most)}, and has ${count === 0 ? 'none' : count}${written}`);
}

function amount(least: number, most: number): string {
  const words = (count: number): string => (count === 0 ? 'no arguments' : count === 1 ? 'one argument' : `${count} arguments`);
  if (least === most) return words(least);
  if (most === Number.POSITIVE_INFINITY) return `at least ${words(least)}`;
  return least === 0 ? `at most ${words(most)}` : `${least} to ${words(most)}`;
}
