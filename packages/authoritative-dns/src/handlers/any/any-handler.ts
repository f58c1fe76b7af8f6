import type { Handler } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse, RecordSet } from '../../chain/response.ts';
import { classIn, responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { changeResponse } from '../change-response.ts';
import { characterString } from '../character-string.ts';
import { isReferral } from '../referral.ts';
import { sameName } from '../same-name.ts';

const ttlSeconds = 8482;
const obsoleted = Buffer.concat(['ANY obsoleted', 'See RFC 8482'].map((text) => characterString(text)));

/**
 * Answers questions of type ANY with one small RRset (RFC 8482 4): asks the chain for HINFO instead, so that a missing name stays
 * missing, an alias stays an alias and a zone cut stays a referral, and makes up the HINFO of a name that has none.
 */
export const anyHandler: Handler = {
  name: 'any',
  ahead: { exceptTypes: [recordTypes.ANY] },
  handle(request, next) {
    if (request.type !== recordTypes.ANY || request.class !== classIn) return next(request);
    return changeResponse(next({ ...request, type: recordTypes.HINFO }), (response) => answerAny(request, response));
  },
};

function answerAny(request: DnsRequest, response: DnsResponse): DnsResponse {
  const { responseCode } = response;
  if (responseCode !== responseCodes.NOERROR && responseCode !== responseCodes.NXDOMAIN) return response;
  const own = response.answers.filter((set) => sameName(set.owner, request.name));
  // An alias matches ANY itself (RFC 1034 3.6.2): it is the answer, and whether its target exists does not matter.
  if (own.length > 0) return positive(response, own);
  if (responseCode === responseCodes.NXDOMAIN || response.answers.length > 0 || isReferral(response)) return response;
  return { ...positive(response, [{ owner: request.name, type: recordTypes.HINFO, ttlSeconds, rdata: [obsoleted] }]), by: 'any' };
}

function positive(response: DnsResponse, answers: readonly RecordSet[]): DnsResponse {
  return { ...response, responseCode: responseCodes.NOERROR, answers, authorities: [], additionals: [], requiredAdditionals: 0 };
}
