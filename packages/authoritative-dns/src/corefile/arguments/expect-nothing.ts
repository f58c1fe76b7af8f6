import type { Directive } from '../../chain/setup.ts';
import { expectArguments } from './expect-arguments.ts';
import { expectNoBlock } from './expect-no-block.ts';

/** Throws SM_COREFILE_INVALID unless a directive stands alone on its line, without braces. */
export function expectNothing(use: Directive): void {
  expectArguments(use, 0, 0);
  expectNoBlock(use);
}
