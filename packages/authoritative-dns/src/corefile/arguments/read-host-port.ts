import type { Token } from '../../chain/setup.ts';
import { corefileError } from '../corefile-error.ts';

/** An address of an HTTP endpoint as a Corefile has it. */
export interface HostPort {
  /** Empty = every address. */
  readonly host: string;
  /** As written: a name of a service is found out only when it is opened. */
  readonly port: string;
}

/** Reads `HOST:PORT`, `[IPV6]:PORT` or `:PORT`. Throws SM_COREFILE_INVALID. */
export function readHostPort(token: Token): HostPort {
  const match = /^(?:\[([^\]]*)\]|([^:[\]/]*)):([^:[\]/]*)$/.exec(token.text);
  if (match === null) throw corefileError(token.at, `"${token.text}" is not an address: write HOST:PORT, [IPV6]:PORT or :PORT`);
  return { host: match[1] ?? match[2] ?? '', port: match[3] ?? '' };
}

/** The opposite of {@link readHostPort}. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
