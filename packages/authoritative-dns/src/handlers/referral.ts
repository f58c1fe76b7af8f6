import type { DnsResponse } from '../chain/response.ts';
import { responseCodes } from '../wire/protocol-codes.ts';
import { recordTypes } from '../wire/record-type.ts';

/** True for an answer that only leads to the servers of a zone below (RFC 1034 4.3.2, RFC 2308 2.2). */
export function isReferral(response: DnsResponse): boolean {
  return (
    response.responseCode === responseCodes.NOERROR &&
    response.answers.length === 0 &&
    response.authorities.some((set) => set.type === recordTypes.NS) &&
    !response.authorities.some((set) => set.type === recordTypes.SOA)
  );
}
