import { isSeamarkError, messageOf, SeamarkError } from '@seamark/common/errors';

import type { Position } from '../chain/setup.ts';

/** SM_COREFILE_INVALID with the place that it is about. */
export class CorefileError extends SeamarkError {
  readonly at: Position;

  constructor(at: Position, problem: string, fix?: string, cause?: unknown) {
    super('SM_COREFILE_INVALID', `${formatPosition(at)}: ${problem}`, {
      ...(fix === undefined ? {} : { remedy: fix }),
      ...(cause === undefined ? {} : { cause }),
    });
    this.at = at;
  }
}

/**
 * SM_COREFILE_INVALID: `FILE:LINE: problem`. `problem` says in one sentence what is wrong and what is allowed; `fix` replaces the
 * catalogue's advice when there is a better one.
 */
export function corefileError(at: Position, problem: string, fix?: string): CorefileError {
  return new CorefileError(at, problem, fix);
}

/** What was thrown as a mistake at a place; one that has a place keeps it. Errors that are not SeamarkErrors are thrown again: they are ours. */
export function asCorefileError(error: unknown, at: Position): CorefileError {
  if (error instanceof CorefileError) return error;
  if (!isSeamarkError(error)) throw error;
  return new CorefileError(at, messageOf(error), error.remedy, error);
}

/** `FILE:LINE`, as editors and terminals link it. */
export function formatPosition(at: Position): string {
  return `${at.file}:${at.line}`;
}
