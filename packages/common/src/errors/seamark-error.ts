import { type ErrorCode, errorCatalogue } from './catalogue.ts';

const brand = Symbol.for('seamark.error');

/** Options of {@link SeamarkError}. */
export interface SeamarkErrorOptions {
  /** What made this error happen; kept as `Error.cause`. */
  readonly cause?: unknown;
  /** What to do about it, when that is more exact than the catalogue's general advice. */
  readonly remedy?: string;
}

/**
 * The base of every error that Seamark throws on purpose.
 *
 * `code` is stable and listed in docs/reference/errors.md; match it instead of the message or the class, which also
 * works when two copies of this package are installed (see {@link isSeamarkError}). `message` starts with what and where,
 * so that one log line is enough; `remedy` says how to mend it.
 */
export class SeamarkError extends Error {
  override readonly name: string = 'SeamarkError';
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options: SeamarkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? errorCatalogue[code].remedy;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True for a {@link SeamarkError} of any installed copy of this package, optionally of one code. */
export function isSeamarkError(error: unknown, code?: ErrorCode): error is SeamarkError {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as Record<symbol, unknown>)[brand] === true &&
    (code === undefined || (error as SeamarkError).code === code)
  );
}

/** The message of anything that was thrown, for logs; never throws itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
