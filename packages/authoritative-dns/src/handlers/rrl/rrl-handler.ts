import type { EarlyQuestion, Handler } from '../../chain/handler.ts';
import { type DnsResponse, emptyResponse, type Outcome } from '../../chain/response.ts';
import type { ResponseKind, ResponseRateLimiter } from '../../respond/rate-limit/response-rate-limiter.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { changeResponse } from '../change-response.ts';
import { isReferral } from '../referral.ts';
import type { ZoneList } from '../zone-list.ts';
import type { RrlCounters } from './rrl-metrics.ts';

/** What a handler is made of. */
export interface RrlSettings {
  readonly zones: ZoneList;
  readonly limiter: ResponseRateLimiter;
  /** Counts what would be limited, and sends it all the same. */
  readonly reportOnly: boolean;
  readonly counters: RrlCounters;
}

const dropped: Outcome = { drop: 'rrl', by: 'rrl' };

/** Limits how often one client network gets the same answer over UDP. */
export function createRrlHandler({ zones, limiter, reportOnly, counters }: RrlSettings): Handler {
  return {
    name: 'rrl',
    handle(request, next) {
      if (isSpared(request)) return next(request);
      return isOneTooMany(request) ? dropped : changeResponse(next(request), (response) => limit(request, response));
    },
    limitEarly(question, response) {
      if (isSpared(question)) return response;
      return isOneTooMany(question) ? dropped : limit(question, response);
    },
  };

  function isSpared({ client, name, validCookie }: EarlyQuestion): boolean {
    // An address that has answered once, by a handshake or with our cookie, is not forged.
    return client.transport !== 'udp' || validCookie === true || (name !== undefined && zones.match(name) === undefined);
  }

  /** Whether a question itself is above the limit, and is to be dropped for it. */
  function isOneTooMany({ client }: EarlyQuestion): boolean {
    if (limiter.judge(client.address, 'requests', undefined, 0) === 'send') return false;
    counters.requestExceeded();
    return !reportOnly;
  }

  function limit(request: EarlyQuestion, response: DnsResponse): Outcome {
    const kind = kindOf(response);
    const verdict = limiter.judge(
      request.client.address,
      kind,
      accountName(kind, request, response),
      kind === 'responses' ? (request.type ?? 0) : 0,
    );
    if (verdict === 'send') return response;
    counters.responseExceeded(kind, verdict);
    if (reportOnly) return response;
    if (verdict === 'drop') return dropped;
    const { responseCode, authoritative, by, zone } = response;
    const slipped = responseCode === responseCodes.NXDOMAIN ? responseCodes.NOERROR : responseCode;
    return emptyResponse(by, slipped, { authoritative, truncated: true, ...(zone === undefined ? {} : { zone }) });
  }
}

function kindOf(response: DnsResponse): ResponseKind {
  if (response.responseCode === responseCodes.NXDOMAIN) return 'nxdomains';
  if (response.responseCode !== responseCodes.NOERROR) return 'errors';
  if (response.answers.length > 0) return 'responses';
  return isReferral(response) ? 'referrals' : 'nodata';
}

/** Names below a zone can be made up without end, so what does not exist counts for the zone, and a referral for what it leads to. */
function accountName(kind: ResponseKind, request: EarlyQuestion, { authorities }: DnsResponse): Uint8Array | undefined {
  if (kind === 'errors') return undefined;
  if (kind === 'responses' || kind === 'nodata') return request.name;
  const type = kind === 'nxdomains' ? recordTypes.SOA : recordTypes.NS;
  return authorities.find((set) => set.type === type)?.owner;
}
