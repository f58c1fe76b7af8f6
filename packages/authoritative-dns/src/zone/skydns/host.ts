import {
  addressToBytes,
  dnsNameToWire,
  type ParseResult,
  parsed,
  tryNormalizeDnsName,
  tryParseAddress,
  unmapAddress,
  unparsable,
} from '@seamark/common/model';

import { textOfOctets } from './octet-text.ts';

/** What the host of a value is. */
export const hostKinds = { none: 0, ipv4: 1, ipv6: 2, name: 3 } as const;

/** A host, read: its octets (4, 16, or a name in wire form) as {@link textOfOctets}. */
export interface Host {
  readonly kind: 1 | 2 | 3;
  readonly octets: string;
}

/** Reads the host of a value, which is not trimmed. IPv4-mapped addresses count as IPv4, as CoreDNS answers them. */
export function readHost(host: string): ParseResult<Host> {
  // White space in a name may be meant; around it, it is an accident, and not all who read the key would take it away.
  if (host.trim() !== host) return unparsable(`host ${JSON.stringify(host)} has white space around it: remove it`);
  const quads = readQuads(host);
  if (quads !== undefined) return parsed({ kind: hostKinds.ipv4, octets: quads });
  const address = tryParseAddress(host);
  if (address.ok) {
    const octets = addressToBytes(unmapAddress(address.value));
    return parsed({ kind: octets.length === 4 ? hostKinds.ipv4 : hostKinds.ipv6, octets: textOfOctets(octets) });
  }
  const name = tryNormalizeDnsName(host);
  if (!name.ok) return unparsable(`host "${host}" is neither an IP address nor a name: ${name.problem}`);
  if (host.includes('://')) return unparsable(`host "${host}" is a URL: only its host name or address belongs here`);
  if (host.includes(':')) return unparsable(`host "${host}" is not an IP address: ${address.problem}`);
  return parsed({ kind: hostKinds.name, octets: textOfOctets(dnsNameToWire(name.value)) });
}

/** Dotted quads without leading zeros, in one pass; `undefined` for anything else. */
function readQuads(text: string): string | undefined {
  if (text.length > 15) return undefined;
  let octets = '';
  let value = -1;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? 0x2e : text.charCodeAt(at);
    if (code === 0x2e) {
      if (value < 0 || octets.length === 4) return undefined;
      octets += String.fromCharCode(value);
      value = -1;
    } else {
      if (code < 0x30 || code > 0x39 || value === 0) return undefined;
      value = (value < 0 ? 0 : value * 10) + code - 0x30;
      if (value > 255) return undefined;
    }
  }
  return octets.length === 4 ? octets : undefined;
}
