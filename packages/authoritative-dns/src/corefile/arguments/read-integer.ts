import type { Token } from '../../chain/setup.ts';
import { corefileError } from '../corefile-error.ts';

/** What {@link readInteger} takes. */
export interface IntegerLimits {
  /** What the number is, for the message: `a number of sockets`. */
  readonly what: string;
  readonly least: number;
  readonly most: number;
}

/** Reads a whole decimal number. Throws SM_COREFILE_INVALID, which names what is allowed. */
export function readInteger(token: Token, { what, least, most }: IntegerLimits): number {
  const value = /^[-+]?[0-9]{1,15}$/.test(token.text) ? Number(token.text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const allowed = most >= Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  throw corefileError(token.at, `${JSON.stringify(token.text)} is not ${what}: it must be a whole number ${allowed}`);
}
