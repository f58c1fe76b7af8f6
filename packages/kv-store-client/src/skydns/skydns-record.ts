import { type Ipv4Address, type Ipv6Address, isReverseName, tryNormalizeDnsName, tryParseAddress } from '@seamark/common/model';

import type { SkydnsValue } from './skydns-value.ts';

/** One record that a value makes. `AAAA` may be IPv4-mapped: ExternalDNS reads it so, CoreDNS answers it as A (unmapAddress). */
export type SkydnsRecord =
  | { readonly type: 'A'; readonly address: Ipv4Address }
  | { readonly type: 'AAAA'; readonly address: Ipv6Address }
  | { readonly type: 'CNAME'; readonly target: string }
  | { readonly type: 'PTR'; readonly target: string }
  | { readonly type: 'TXT'; readonly text: string };

/** The records of one value; `problem` when its host makes none although it is set. */
export interface SkydnsRecords {
  /** The host's record first, then the text's. */
  readonly records: readonly SkydnsRecord[];
  readonly problem?: string;
}

/**
 * What a value says about a normalised name: an IP host is an address, any other host a PTR in the reverse trees and an alias
 * elsewhere, a text is a TXT beside it. CoreDNS lets a text hide an alias and an address hide a text; here both count, so that
 * values that hold a host and its ownership text (as ExternalDNS writes them) keep both.
 */
export function classifySkydnsValue(value: SkydnsValue, name: string): SkydnsRecords {
  const records: SkydnsRecord[] = [];
  let problem: string | undefined;
  if (value.host !== undefined) {
    const host = classifyHost(value.host, name);
    if (typeof host === 'string') problem = host;
    else records.push(host);
  }
  if (value.text !== undefined) records.push({ type: 'TXT', text: value.text });
  return problem === undefined ? { records } : { records, problem };
}

function classifyHost(host: string, name: string): SkydnsRecord | string {
  const address = tryParseAddress(host);
  if (address.ok) {
    return typeof address.value === 'number' ? { type: 'A', address: address.value } : { type: 'AAAA', address: address.value };
  }
  const target = tryNormalizeDnsName(host);
  if (!target.ok) return `host "${host}" is neither an IP address nor a name: ${target.problem}`;
  if (host.includes(':')) return `host "${host}" is not an IP address: ${address.problem}`;
  return { type: isReverseName(name) ? 'PTR' : 'CNAME', target: target.value };
}
