import { SeamarkError } from '@seamark/common/errors';

import type { Position } from '../chain/setup.ts';

/**
 * SM_COREFILE_INVALID: `FILE:LINE: problem`. `problem` says in one sentence what is wrong and what is allowed; `fix` replaces the
 * catalogue's advice when there is a better one.
 */
export function corefileError(at: Position, problem: string, fix?: string): SeamarkError {
  return new SeamarkError('SM_COREFILE_INVALID', `${formatPosition(at)}: ${problem}`, fix === undefined ? {} : { remedy: fix });
}

/** `FILE:LINE`, as editors and terminals link it. */
export function formatPosition(at: Position): string {
  return `${at.file}:${at.line}`;
}
