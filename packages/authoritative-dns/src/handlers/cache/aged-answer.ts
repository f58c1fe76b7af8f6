import type { DnsResponse, ExtendedError, RecordSet } from '../../chain/response.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import type { KeptAnswer } from './answer-store.ts';
import type { Lifetime } from './classify.ts';

/** Extended errors of expired answers (RFC 8914 4.4, 4.20). */
const staleAnswer = 3;
const staleNxdomain = 19;

/**
 * An answer with its TTLs within the limits of the cache: not longer than `maxTtlSeconds`, not shorter than the life of the whole. All of
 * a denial live as long as the denial (RFC 2308 5).
 */
export function withinLimits(response: DnsResponse, { kind, seconds }: Lifetime, maxTtlSeconds: number): DnsResponse {
  return mapTtls(response, (ttlSeconds) => (kind === 'denial' ? seconds : Math.max(seconds, Math.min(ttlSeconds, maxTtlSeconds))));
}

/** A kept answer as it is given `ageMs` after it came. It is not authoritative: it comes from memory (RFC 1034 4.3.4). */
export function agedAnswer({ response, lifetimeMs }: KeptAnswer, ageMs: number): DnsResponse {
  const ageSeconds = Math.floor(Math.min(ageMs, lifetimeMs) / 1000);
  return ageSeconds === 0 ? response : mapTtls(response, (ttlSeconds) => Math.max(0, ttlSeconds - ageSeconds));
}

/** A kept answer that has expired, marked as such (RFC 8767 4). */
export function staleAnswerOf({ response }: KeptAnswer, ttlSeconds: number): DnsResponse {
  const error: ExtendedError = { code: response.responseCode === responseCodes.NXDOMAIN ? staleNxdomain : staleAnswer };
  return { ...mapTtls(response, () => ttlSeconds), extendedErrors: [error, ...(response.extendedErrors ?? [])] };
}

function mapTtls(response: DnsResponse, change: (ttlSeconds: number) => number): DnsResponse {
  const section = (sets: readonly RecordSet[]): RecordSet[] => sets.map((set) => ({ ...set, ttlSeconds: change(set.ttlSeconds) }));
  return {
    ...response,
    answers: section(response.answers),
    authorities: section(response.authorities),
    additionals: section(response.additionals),
  };
}
