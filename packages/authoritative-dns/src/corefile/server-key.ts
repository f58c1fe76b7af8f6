import type { Token } from '../chain/setup.ts';
import { readZone } from './arguments/read-zones.ts';
import { didYouMean } from './closest-word.ts';
import { corefileError } from './corefile-error.ts';

/** Transports of keys and their ports. */
const defaultPorts = { dns: 53, tls: 853, quic: 853, grpc: 443, https: 443, https3: 443 } as const;

/** The scheme of a key. */
export type Scheme = keyof typeof defaultPorts;

/** Schemes that are served; the others are read, and refused when a server is to be made of them. */
export const servedSchemes: readonly Scheme[] = ['dns', 'tls', 'https'];

/** One zone that a server block is for, and where. */
export interface ServerKey {
  readonly scheme: Scheme;
  /** Lower case with the final dot. */
  readonly zone: string;
  readonly port: number;
  readonly token: Token;
}

/**
 * Reads a key, `[SCHEME://]ZONE[:PORT]`; a CIDR prefix stands for its reverse zones. `dnsPort` is the port of plain DNS without
 * another one. Throws SM_COREFILE_INVALID.
 */
export function readServerKey(token: Token, dnsPort: number): ServerKey[] {
  const [, schemeText = 'dns', rest = ''] = /^(?:([A-Za-z0-9+.-]+):\/\/)?(.*)$/s.exec(token.text) ?? [];
  if (!Object.hasOwn(defaultPorts, schemeText)) {
    const schemes = Object.keys(defaultPorts);
    const known = servedSchemes.map((scheme) => `${scheme}://`).join(', ');
    throw corefileError(
      token.at,
      `"${schemeText}://" is not a scheme of server blocks; there is ${known}${didYouMean(schemeText, schemes)}`,
    );
  }
  const scheme = schemeText as Scheme;
  const colon = rest.lastIndexOf(':');
  const portText = rest.slice(colon + 1);
  if (colon >= 0 && portText === '') throw corefileError(token.at, `the port behind the last colon of "${token.text}" is missing`);
  const hasPort = colon >= 0 && /^[0-9]+$/.test(portText);
  const port = hasPort ? Number(portText) : scheme === 'dns' ? dnsPort : defaultPorts[scheme];
  if (port > 0xffff) throw corefileError(token.at, `port ${portText} is above 65535`);
  const zoneText = hasPort ? rest.slice(0, colon) : rest;
  if (hasPort && /^[^:/]*:[0-9]*$/.test(zoneText)) throw corefileError(token.at, `"${token.text}" has two ports`);
  if (zoneText === '') {
    const problem = token.text === '' ? 'a variable left nothing of this zone' : `the zone of "${token.text}" is missing`;
    throw corefileError(token.at, `${problem}; the root zone is "."`, 'Write a zone, as in example.org or .:53; give a variable a value.');
  }
  const zones = zonesOf(token, zoneText);
  return zones.map((zone) => ({ scheme, zone, port, token }));
}

/** The zones of a key without scheme and port. When they are none, what stands behind a colon was meant as a port. */
function zonesOf(token: Token, text: string): string[] {
  try {
    return readZone({ text, at: token.at });
  } catch (error) {
    const [, port] = /^[^:/]*:([^:/]*)$/.exec(text) ?? [];
    if (port === undefined) throw error;
    throw corefileError(token.at, `"${port}" of "${token.text}" is not a port: it must be a number from 0 to 65535`);
  }
}

/** `dns://example.org.:53`. */
export function formatServerKey({ scheme, zone, port }: Pick<ServerKey, 'scheme' | 'zone' | 'port'>): string {
  return `${scheme}://${zone}:${port}`;
}
