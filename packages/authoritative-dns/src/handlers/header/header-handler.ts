import type { Handler } from '../../chain/handler.ts';
import type { DnsResponse } from '../../chain/response.ts';
import { changeResponse } from '../change-response.ts';

/** A flag of an answer that may be set or cleared. */
export type ResponseFlag = 'authoritative' | 'recursionAvailable';

/** What {@link createHeaderHandler} changes. Later changes of one flag count. */
export interface HeaderChanges {
  readonly recursionDesired?: boolean;
  readonly response: Partial<Record<ResponseFlag, boolean>>;
}

/** Sets and clears header flags: RD of the question on its way on, AA and RA of the answer on its way back. */
export function createHeaderHandler(changes: HeaderChanges): Handler {
  const { recursionDesired, response: flags } = changes;
  const changesResponse = Object.keys(flags).length > 0;
  const change = (response: DnsResponse): DnsResponse => ({ ...response, ...flags });
  return {
    name: 'header',
    handle(request, next) {
      const same = recursionDesired === undefined || recursionDesired === request.recursionDesired;
      const outcome = next(same ? request : { ...request, recursionDesired });
      return changesResponse ? changeResponse(outcome, change) : outcome;
    },
  };
}
