import type { Handler } from '../../chain/handler.ts';
import type { DnsResponse } from '../../chain/response.ts';
import { ednsOptionCodes } from '../../wire/protocol-codes.ts';
import { changeResponse } from '../change-response.ts';

/** Tells which server answered, to whoever asks for it with the option NSID (RFC 5001). */
export function createNsidHandler(data: Uint8Array): Handler {
  const option = { code: ednsOptionCodes.nsid, data };
  const withNsid = (response: DnsResponse): DnsResponse => {
    const others = response.ednsOptions?.filter(({ code }) => code !== ednsOptionCodes.nsid) ?? [];
    return { ...response, ednsOptions: [...others, option] };
  };
  return {
    name: 'nsid',
    ahead: { nsid: data },
    handle(request, next) {
      const asked = request.edns?.options.some(({ code }) => code === ednsOptionCodes.nsid) ?? false;
      return asked ? changeResponse(next(request), withNsid) : next(request);
    },
  };
}
