import type { Position, SetupContext, Token } from '../../chain/setup.ts';
import { corefileError } from '../../corefile/corefile-error.ts';

/** What reading a rule knows besides its words. */
export interface RuleContext {
  readonly at: Position;
  readonly goesOn: boolean;
  readonly setup: SetupContext;
}

/** Runs what throws when a pattern is wrong, and says where the pattern stands. */
export function withPattern<Result>(token: Token, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw corefileError(token.at, `${JSON.stringify(token.text)} cannot be used as a pattern: ${error.message}`);
  }
}
