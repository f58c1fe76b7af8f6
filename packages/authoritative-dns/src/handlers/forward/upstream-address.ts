import { existsSync, readFileSync } from 'node:fs';

import { tryNormalizeDnsName, tryParseZonedAddress } from '@seamark/common/model';

import type { SetupContext, Token } from '../../chain/setup.ts';
import { fileProblem } from '../../corefile/arguments/read-file-of.ts';
import { resolvePath } from '../../corefile/arguments/resolve-path.ts';
import { corefileError } from '../../corefile/corefile-error.ts';

/** How an upstream is spoken to. */
export type Scheme = 'dns' | 'tls' | 'https';

/** Where an upstream is. */
export interface UpstreamAddress {
  readonly scheme: Scheme;
  /** IP address, or a name that is looked up at start. */
  readonly host: string;
  readonly isName: boolean;
  readonly port: number;
  /** Name that this upstream's certificate must be for (`tls://ADDRESS%NAME`). */
  readonly serverName?: string;
}

const defaultPorts: Readonly<Record<Scheme, number>> = { dns: 53, tls: 853, https: 443 };

/** The label `to` of the metrics. */
export function formatUpstream({ scheme, host, port }: UpstreamAddress): string {
  const place = formatHostPort(host, port);
  return scheme === 'dns' ? place : `${scheme}://${place}`;
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function formatHostPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Reads a TO: `[SCHEME://]ADDRESS[%NAME][:PORT]`, a file in the form of resolv.conf (each of its name servers is an upstream), or a
 * host name. Throws SM_COREFILE_INVALID.
 */
export function readUpstreams(token: Token, context: Pick<SetupContext, 'folder'>): UpstreamAddress[] {
  const match = /^([a-z0-9]+):\/\/(.*)$/i.exec(token.text);
  const scheme = match?.[1]?.toLowerCase() ?? 'dns';
  if (scheme !== 'dns' && scheme !== 'tls' && scheme !== 'https') {
    throw corefileError(
      token.at,
      `${JSON.stringify(token.text)}: forward speaks dns://, tls:// and https:// to upstreams, not ${scheme}://`,
    );
  }
  const rest = match?.[2] ?? token.text;
  if (scheme === 'https' && rest.includes('/')) {
    throw corefileError(
      token.at,
      `${JSON.stringify(token.text)} has a path, and https:// upstreams are always asked at /dns-query`,
      'Cut the path.',
    );
  }
  const literal = readLiteral(rest, scheme);
  if (literal !== undefined) return [literal];
  const path = resolvePath(token, context);
  if (match === null && (token.text.includes('/') || existsSync(path))) return readResolvConf(token, path);
  return [readNamed(token, rest, scheme)];
}

/** `ADDRESS`, `ADDRESS:PORT`, `[ADDRESS]`, `[ADDRESS]:PORT`, each address perhaps followed by `%NAME`. */
function readLiteral(text: string, scheme: Scheme): UpstreamAddress | undefined {
  const bracketed = /^\[([^\]%]+)(?:%([^\]]+))?\](?:%([^:]+))?(?::([0-9]{1,5}))?$/.exec(text);
  const ipv4 = /^([0-9.]+)(?:%([^:]+))?(?::([0-9]{1,5}))?$/.exec(text);
  const ipv6 = /^([0-9a-f:.]+)(?:%([^:]+)(?::([0-9]{1,5}))?)?$/i.exec(text);
  const parts =
    bracketed !== null
      ? { host: bracketed[1], suffix: bracketed[2] ?? bracketed[3], port: bracketed[4] }
      : ipv4 !== null
        ? { host: ipv4[1], suffix: ipv4[2], port: ipv4[3] }
        : { host: ipv6?.[1], suffix: ipv6?.[2], port: ipv6?.[3] };
  const { host, suffix } = parts;
  if (host === undefined || !tryParseZonedAddress(host).ok) return undefined;
  const port = parts.port === undefined ? defaultPorts[scheme] : Number(parts.port);
  if (port < 1 || port > 0xffff) return undefined;
  // Behind the percent sign stands the interface of a link-local address for plain DNS, the name in the certificate for the others.
  if (scheme === 'dns') return { scheme, host: suffix === undefined ? host : `${host}%${suffix}`, isName: false, port };
  return { scheme, host, isName: false, port, ...(suffix === undefined ? {} : { serverName: suffix }) };
}

function readNamed(token: Token, rest: string, scheme: Scheme): UpstreamAddress {
  const [, name = '', portText] = /^(.*?)(?::([0-9]{1,5}))?$/.exec(rest) as RegExpExecArray;
  const host = tryNormalizeDnsName(name);
  const port = portText === undefined ? defaultPorts[scheme] : Number(portText);
  if (!host.ok || host.value === '.' || /^[0-9.]+$/.test(name) || name.includes(':') || port < 1 || port > 0xffff) {
    throw corefileError(
      token.at,
      `${JSON.stringify(token.text)} is not an upstream: it must be an IP address with or without a port (1 to 65535), a file such as /etc/resolv.conf, or a host name`,
    );
  }
  return { scheme, host: host.value, isName: true, port };
}

function readResolvConf(token: Token, path: string): UpstreamAddress[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw corefileError(token.at, `${JSON.stringify(token.text)} cannot be read as a list of name servers: ${fileProblem(error)}`);
  }
  const upstreams = text.split('\n').flatMap((line) => {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
    const literal = address === undefined ? undefined : readLiteral(address, 'dns');
    return literal === undefined ? [] : [literal];
  });
  if (upstreams.length === 0) {
    throw corefileError(
      token.at,
      `${JSON.stringify(token.text)} names no name server`,
      'Write lines such as "nameserver 192.0.2.1" into the file.',
    );
  }
  return upstreams;
}
