import type { Handler } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse } from '../../chain/response.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { changeResponse } from '../change-response.ts';

/** Leaves positive answers nothing but their answer section; denials, referrals and errors stay whole. */
export const minimalHandler: Handler = {
  name: 'minimal',
  ahead: { minimal: true },
  handle(request, next) {
    return changeResponse(next(request), (response) => {
      if (!isPositive(request, response)) return response;
      if (response.authorities.length === 0 && response.additionals.length === 0) return response;
      return { ...response, authorities: [], additionals: [], requiredAdditionals: 0 };
    });
  },
};

/** False for an alias whose end is missing or elsewhere as well: its SOA or NS records say so (RFC 2308 2.2, RFC 1034 4.3.2). */
function isPositive(request: DnsRequest, response: DnsResponse): boolean {
  if (response.responseCode !== responseCodes.NOERROR) return false;
  if (request.type === recordTypes.ANY) return response.answers.length > 0;
  return response.answers.some((set) => set.type === request.type);
}
