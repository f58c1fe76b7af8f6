import { messageOf } from '@seamark/common/errors';

import type { Handler } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import type { Outcome } from '../../chain/response.ts';
import { responseCodeName, responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypeName } from '../../wire/record-type.ts';
import { absoluteNameText } from '../question-text.ts';

/** Takes an error and the line that tells of it. */
export type WriteError = (message: string, line: string) => void;

/**
 * Tells of questions that failed: a handler threw, or the answer is SERVFAIL. Such answers are never made ahead, so it keeps none from
 * being compiled.
 */
export function createErrorsHandler(write: WriteError, withStack: boolean): Handler {
  const tell = (request: DnsRequest, message: string): void => {
    const question = `${absoluteNameText(request.name)} ${recordTypeName(request.type)}`;
    write(message, `${responseCodes.SERVFAIL} ${question}: ${message}`);
  };
  const judge = (request: DnsRequest, outcome: Outcome): Outcome => {
    if (!('drop' in outcome) && outcome.responseCode === responseCodes.SERVFAIL) tell(request, failureText(outcome));
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
