import { isIP } from 'node:net';

import type { Directive, SetupContext, Token } from '../../chain/setup.ts';
import { corefileError } from '../corefile-error.ts';
import { isOfThisHost } from './interface-addresses.ts';
import { expectArguments } from './expect-arguments.ts';

/** An address of an HTTP endpoint as a Corefile has it. */
export interface HostPort {
  /** Empty = every address. */
  readonly host: string;
  /** 0 to 65535; 0, or nothing, is any free one. */
  readonly port: string;
}

/** Reads `HOST:PORT`, `[IPV6]:PORT` or `:PORT`. Throws SM_COREFILE_INVALID. */
export function readHostPort(token: Token): HostPort {
  const match = /^(?:\[([^\]]*)\]|([^:[\]/]*)):([^:[\]/]*)$/.exec(token.text);
  if (match === null) throw corefileError(token.at, `"${token.text}" is not an address: write HOST:PORT, [IPV6]:PORT or :PORT`);
  const { 1: ipv6, 2: host = '', 3: port = '' } = match;
  if (!/^[0-9]*$/.test(port) || Number(port) > 0xffff) {
    throw corefileError(token.at, `"${port}" of "${token.text}" is not a port: it must be a number from 0 to 65535`);
  }
  return { host: ipv6 ?? host, port };
}

/** The address of the HTTP endpoint that a directive opens: its one argument, or `byDefault`. Tells SM_COREFILE_INVALID. */
export function readEndpointAddress(use: Directive, byDefault: HostPort, context: Pick<SetupContext, 'collect' | 'warn'>): HostPort {
  const read = (): HostPort => {
    expectArguments(use, 0, 1, `${use.name} [ADDRESS]`);
    const address = use.args[0] === undefined ? byDefault : readHostPort(use.args[0]);
    if (isIP(address.host) !== 0 && !isOfThisHost(address.host))
      context.warn(`${use.name} names ${address.host}, which no network interface of this host has: it cannot be listened on here`, use.at);
    return address;
  };
  // An address that is none excludes no other.
  return context.collect(use.at, read, { host: '', port: '0' });
}

/** The opposite of {@link readHostPort}. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
