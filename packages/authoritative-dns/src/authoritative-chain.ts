import type { Next } from './chain/handler.ts';
import { emptyResponse } from './chain/response.ts';
import { extendedErrors, responseCodes } from './wire/protocol-codes.ts';
import { answerSkydns, type SkydnsZones } from './zone/skydns/index.ts';

const refuse: Next = () => emptyResponse('', responseCodes.REFUSED, { extendedErrors: [{ code: extendedErrors.notAuthoritative }] });

/** Answers from zones alone: what lies outside is refused, and an alias that leads there ends the answer. */
export function authoritativeChain(zones: SkydnsZones): Next {
  const options = { by: 'etcd', askOutside: refuse };
  return (request) => answerSkydns(zones, request, options) ?? refuse(request);
}
