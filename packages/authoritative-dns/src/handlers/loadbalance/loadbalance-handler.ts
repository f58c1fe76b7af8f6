import type { Handler } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse, RecordSet } from '../../chain/response.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { changeResponse } from '../change-response.ts';
import { isAddress, type Reorder } from './policy.ts';

/** Options of {@link createLoadbalanceHandler}. */
export interface LoadbalanceOptions {
  /** One after the other. */
  readonly reorders: readonly Reorder[];
  /** All of `reorders` in one word, for answers compiled ahead; absent when no word says it. */
  readonly rotation?: 'round_robin';
}

/** Changes the order of records in positive answers; which records there are stays the same. */
export function createLoadbalanceHandler({ reorders, rotation }: LoadbalanceOptions): Handler {
  const change = (request: DnsRequest, response: DnsResponse): DnsResponse => {
    if (response.responseCode !== responseCodes.NOERROR) return response;
    const reorder = (set: RecordSet): RecordSet => reorders.reduce((result, step) => step(result, request), set);
    return {
      ...response,
      answers: aliasesFirst(response.answers).map((set) => reorder(set)),
      authorities: response.authorities.map((set) => reorder(set)),
      // RRsets keep their places: those that are needed stand first.
      additionals: response.additionals.map((set) => reorder(set)),
    };
  };
  return {
    name: 'loadbalance',
    ...(rotation === undefined ? {} : { ahead: { rotation } }),
    handle: (request, next) => changeResponse(next(request), (response) => change(request, response)),
  };
}

/** Aliases, other types, addresses, mail exchangers: some stub resolvers stop reading at an address that stands before its alias. */
function aliasesFirst(sets: readonly RecordSet[]): readonly RecordSet[] {
  return sets.length < 2 ? sets : sets.toSorted((a, b) => place(a) - place(b));
}

function place(set: RecordSet): number {
  if (set.type === recordTypes.CNAME) return 0;
  if (set.type === recordTypes.MX) return 3;
  return isAddress(set) ? 2 : 1;
}
