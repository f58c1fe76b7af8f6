import type { Socket } from 'node:net';

import { formatHostPort } from './upstream-address.ts';

/** Errors of the system in the words of Go, which rules of `errors` for CoreDNS look for. */
const systemTexts: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  ECONNABORTED: 'software caused connection abort',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  EINVAL: 'invalid argument',
  EMFILE: 'too many open files',
  EMSGSIZE: 'message too long',
  ENETUNREACH: 'network is unreachable',
  EPERM: 'operation not permitted',
  EPIPE: 'broken pipe',
  ETIMEDOUT: 'connection timed out',
};

/** Ends of the message of a question that waited too long, as Go has them. */
export const timeoutTexts = { io: 'i/o timeout', handshake: 'context deadline exceeded' };

/** Two ends of an exchange: the local one is unknown while nothing is connected. */
export interface Ends {
  readonly network: 'udp' | 'tcp';
  readonly local: { readonly address: string; readonly port: number } | undefined;
  readonly host: string;
  readonly port: number;
}

/** `dial tcp 192.0.2.1:53`, or `read udp 192.0.2.9:40000->192.0.2.1:53` once connected. */
export function endsText(operation: string, { network, local, host, port }: Ends): string {
  const remote = formatHostPort(host, port);
  return local === undefined
    ? `dial ${network} ${remote}`
    : `${operation} ${network} ${formatHostPort(local.address, local.port)}->${remote}`;
}

/** The local end of a connection that stands; afterwards Node knows it no more. */
export function localEnd(socket: Socket): Ends['local'] {
  const { localAddress, localPort } = socket;
  return localAddress === undefined || localPort === undefined ? undefined : { address: localAddress, port: localPort };
}

/** What Node says of a socket, in Go's words: `read udp …: read: connection refused`. */
export function socketErrorText(error: Error, ends: Ends): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const text = (code === undefined ? undefined : systemTexts[code]) ?? error.message;
  const call =
    ends.local === undefined ? (syscall ?? 'connect') : syscall?.startsWith('send') === true || syscall === 'write' ? 'write' : 'read';
  return `${endsText(call, ends)}: ${call}: ${text}`;
}
