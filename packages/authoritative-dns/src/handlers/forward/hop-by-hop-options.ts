import type { DnsRequest } from '../../chain/request.ts';
import type { EdnsOption } from '../../wire/message.ts';

/**
 * EDNS options that speak about one connection or one pair of hosts: COOKIE (RFC 7873), TCP keepalive (RFC 7828), padding (RFC 7830).
 * They are never passed on, in either direction.
 */
const hopByHopCodes: ReadonlySet<number> = new Set([10, 11, 12]);

/** The options without those that concern one hop only. */
export function endToEndOptions(options: readonly EdnsOption[]): readonly EdnsOption[] {
  return options.some(({ code }) => hopByHopCodes.has(code)) ? options.filter(({ code }) => !hopByHopCodes.has(code)) : options;
}

/** True when the question carries options that another server sees, and that its answer may depend on (client subnet, NSID, …). */
export function hasEndToEndOptions(request: DnsRequest): boolean {
  return request.edns !== undefined && request.edns.options.length > 0 && endToEndOptions(request.edns.options).length > 0;
}
