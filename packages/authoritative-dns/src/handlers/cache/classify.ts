import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse, RecordSet } from '../../chain/response.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';
import type { CacheOptions } from './cache-options.ts';

/** The two stores, and the values of the label `type`. */
export type AnswerKind = 'success' | 'denial';

/** How long an answer is kept. */
export interface Lifetime {
  readonly kind: AnswerKind;
  readonly seconds: number;
}

/** Extended error "Network Error": our own word that no upstream could be reached. */
const networkError = 23;

/** Such failures pass quickly, and must be remembered for one second at least (RFC 9520 2.2). */
const unreachableSeconds = 1;

/**
 * How an answer is kept, or `undefined` when it is not: truncated ones, errors other than SERVFAIL, denials without SOA (RFC 2308 5),
 * transfers, and answers with a signature that has expired.
 */
export function lifetimeOf(request: DnsRequest, response: DnsResponse, options: CacheOptions, wallSeconds: number): Lifetime | undefined {
  if (response.truncated === true || request.type === recordTypes.AXFR || request.type === recordTypes.IXFR) return undefined;
  const { responseCode, answers, authorities, additionals } = response;
  if (responseCode === responseCodes.SERVFAIL) return failureLifetime(response, options.servfailSeconds);
  if (responseCode !== responseCodes.NOERROR && responseCode !== responseCodes.NXDOMAIN) return undefined;
  const soa = authorities.find(({ type }) => type === recordTypes.SOA);
  const isDenial = responseCode === responseCodes.NXDOMAIN || !endsInData(request, answers);
  const isReferral = soa === undefined && answers.length === 0 && authorities.some(({ type }) => type === recordTypes.NS);
  if (isDenial && soa === undefined && !(isReferral && responseCode === responseCodes.NOERROR)) return undefined;
  const sets = [...answers, ...authorities, ...additionals];
  let seconds = Math.min(...sets.map(({ ttlSeconds }) => ttlSeconds));
  const kind = isDenial && soa !== undefined ? 'denial' : 'success';
  if (kind === 'denial') seconds = Math.min(seconds, negativeTtlSeconds(soa as RecordSet));
  const { minTtlSeconds, maxTtlSeconds } = options[kind];
  seconds = Math.min(Math.max(seconds, minTtlSeconds), maxTtlSeconds, signatureSeconds(sets, wallSeconds));
  return seconds > 0 ? { kind, seconds } : undefined;
}

function failureLifetime({ extendedErrors }: DnsResponse, servfailSeconds: number): Lifetime | undefined {
  const unreachable = extendedErrors?.some(({ code }) => code === networkError) === true;
  const seconds = unreachable ? Math.min(unreachableSeconds, servfailSeconds) : servfailSeconds;
  return seconds > 0 ? { kind: 'denial', seconds } : undefined;
}

/** True when the answer has what was asked for, perhaps behind aliases. */
function endsInData({ type }: DnsRequest, answers: readonly RecordSet[]): boolean {
  return answers.some((set) => set.type === type || (type === recordTypes.ANY && set.type !== recordTypes.RRSIG));
}

/** The lesser of the SOA's own TTL, which is among the others, and its MINIMUM (RFC 2308 5). */
function negativeTtlSeconds({ rdata }: RecordSet): number {
  const soa = rdata[0];
  if (soa === undefined || soa.length < 4) return 0;
  return new DataView(soa.buffer, soa.byteOffset, soa.byteLength).getUint32(soa.length - 4);
}

/** How long all signatures are valid yet (RFC 4035 5.3.3). */
function signatureSeconds(sets: readonly RecordSet[], wallSeconds: number): number {
  let seconds = Number.POSITIVE_INFINITY;
  for (const { type, rdata } of sets) {
    if (type !== recordTypes.RRSIG) continue;
    for (const signature of rdata) {
      if (signature.length < 18) continue;
      const expiration = new DataView(signature.buffer, signature.byteOffset, signature.byteLength).getUint32(8);
      // Times wrap around every 136 years (RFC 4034 3.1.5): the difference counts, as a signed number.
      seconds = Math.min(seconds, (expiration - Math.floor(wallSeconds)) | 0);
    }
  }
  return seconds;
}
