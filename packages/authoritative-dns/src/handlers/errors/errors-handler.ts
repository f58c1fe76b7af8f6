import { messageOf } from '@seamark/common/errors';

import type { Handler } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import type { Outcome } from '../../chain/response.ts';
import { responseCodeName, responseCodes } from '../../wire/protocol-codes.ts';
import { absoluteNameText, typeText } from '../question-text.ts';

/** Takes an error and the line that tells of it. */
export type WriteError = (message: string, line: string) => void;

/**
 * Tells of questions that failed: a handler threw, the answer says what went wrong, or it is a SERVFAIL of ours; that of another server
 * is an answer like any other. Such answers are never made ahead, so it keeps none from being compiled.
 */
export function createErrorsHandler(write: WriteError, withStack: boolean): Handler {
  const tell = (request: DnsRequest, message: string, code: number = responseCodes.SERVFAIL): void => {
    write(message, `${code} ${absoluteNameText(request.name)} ${typeText(request.type)}: ${message}`);
  };
  const judge = (request: DnsRequest, outcome: Outcome): Outcome => {
    if ('drop' in outcome) return outcome;
    const { failure, responseCode, by } = outcome;
    if (failure !== undefined) tell(request, failure, responseCode);
    else if (responseCode === responseCodes.SERVFAIL && by !== 'forward') tell(request, failureText(outcome));
    return outcome;
  };
  const fail = (request: DnsRequest, error: unknown): never => {
    tell(request, withStack && error instanceof Error ? (error.stack ?? error.message) : messageOf(error));
    throw error;
  };
  return {
    name: 'errors',
    transparent: true,
    handle(request, next) {
      let outcome: Outcome | Promise<Outcome>;
      try {
        outcome = next(request);
      } catch (error) {
        return fail(request, error);
      }
      if (!(outcome instanceof Promise)) return judge(request, outcome);
      return outcome.then(
        (settled) => judge(request, settled),
        (error: unknown) => fail(request, error),
      );
    },
  };
}

function failureText(outcome: Exclude<Outcome, { drop: string }>): string {
  const [reason] = outcome.extendedErrors ?? [];
  const why = reason === undefined ? responseCodeName(outcome.responseCode) : (reason.text ?? `extended error ${reason.code}`);
  return outcome.by === '' ? why : `plugin/${outcome.by}: ${why}`;
}
