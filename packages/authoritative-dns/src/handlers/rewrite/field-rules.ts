import type { DnsResponse, RecordSet } from '../../chain/response.ts';
import { nameText } from './name-text.ts';
import type { RewriteRule } from './rewrite-rule.ts';

/** `rewrite type` and `rewrite class`: another number in the question. */
export function questionRule(field: 'type' | 'class', from: number, to: number, goesOn: boolean): RewriteRule {
  return { goesOn, apply: (request) => (request[field] === from ? { request: { ...request, [field]: to } } : undefined) };
}

/** `rewrite ttl`: TTLs of answers within limits. */
export function ttlRule(isFor: (name: string) => boolean, leastSeconds: number, mostSeconds: number, goesOn: boolean): RewriteRule {
  const limit = (set: RecordSet): RecordSet => ({ ...set, ttlSeconds: Math.min(mostSeconds, Math.max(leastSeconds, set.ttlSeconds)) });
  const answer = (response: DnsResponse): DnsResponse => ({
    ...response,
    answers: response.answers.map((set) => limit(set)),
    authorities: response.authorities.map((set) => limit(set)),
    additionals: response.additionals.map((set) => limit(set)),
  });
  return { goesOn, apply: (request) => (isFor(nameText(request.name)) ? { request, answer } : undefined) };
}

/** `rewrite rcode`: one response code instead of another. */
export function responseCodeRule(isFor: (name: string) => boolean, from: number, to: number, goesOn: boolean): RewriteRule {
  const answer = (response: DnsResponse): DnsResponse => (response.responseCode === from ? { ...response, responseCode: to } : response);
  return { goesOn, apply: (request) => (isFor(nameText(request.name)) ? { request, answer } : undefined) };
}
