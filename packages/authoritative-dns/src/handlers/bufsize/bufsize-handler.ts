import type { Handler } from '../../chain/handler.ts';
import { changeResponse } from '../change-response.ts';

/** Keeps datagrams within `limitOctets`, both those that are asked for further along the chain and the answer. */
export function createBufsizeHandler(limitOctets: number): Handler {
  return {
    name: 'bufsize',
    ahead: { udpPayloadLimit: limitOctets },
    handle(request, next) {
      const { edns } = request;
      const large = edns !== undefined && edns.udpPayloadSize > limitOctets;
      const outcome = next(large ? { ...request, edns: { ...edns, udpPayloadSize: limitOctets } } : request);
      return changeResponse(outcome, (response) => ({ ...response, udpPayloadLimit: limitOctets }));
    },
  };
}
