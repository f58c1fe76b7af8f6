import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse } from '../../chain/response.ts';
import { headerOctets } from '../../wire/limits.ts';

const questionTailOctets = 4;
const recordHeaderOctets = 10;
const optOctets = 11;

/**
 * Octets of an answer without name compression, which is what CoreDNS logs as its size; of our own answers also without OPT, which it
 * adds behind the log.
 */
export function uncompressedLength(request: DnsRequest, response: DnsResponse): number {
  let octets =
    headerOctets + request.name.length + questionTailOctets + (request.edns === undefined || response.by !== 'forward' ? 0 : optOctets);
  for (const section of [response.answers, response.authorities, response.additionals]) {
    for (const { owner, rdata } of section) {
      for (const data of rdata) octets += owner.length + recordHeaderOctets + data.length;
    }
  }
  return octets;
}
