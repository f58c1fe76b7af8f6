import type { Directive } from '../../chain/setup.ts';
import { corefileError, formatPosition } from '../corefile-error.ts';

/** The one use of a directive that stands at most once in a block. Throws SM_COREFILE_INVALID for a second one. */
export function onlyUse(uses: readonly Directive[]): Directive {
  const [first, second] = uses as readonly [Directive, Directive | undefined];
  if (second === undefined) return first;
  throw corefileError(second.at, `${second.name} stands twice in this server block, first at ${formatPosition(first.at)}`);
}
