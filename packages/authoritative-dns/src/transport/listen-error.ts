import { messageOf, SeamarkError } from '@seamark/common/errors';

import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { findPortHolder } from './port-holder.ts';

/** SM_LISTEN_FAILED for an error of the operating system: which address, why, and who holds the port when that can be seen. */
export function listenError(protocol: 'udp' | 'tcp', address: ListenAddress, cause: unknown): SeamarkError {
  const where = `cannot listen on ${formatListenAddress(address)} (${protocol})`;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'EADDRINUSE') {
    const holder = findPortHolder(protocol, address.port);
    const usual = address.port === 53 ? '; on port 53 that is often systemd-resolved or dnsmasq' : '';
    return new SeamarkError('SM_LISTEN_FAILED', `${where}: the port is in use by ${holder ?? `another process${usual}`}`, {
      cause,
      remedy:
        holder === undefined
          ? 'Find its holder with: ss -lnup; then end it, or give another address.'
          : `End ${holder}, or give another address.`,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new SeamarkError('SM_LISTEN_FAILED', `${where}: this user may not open port ${address.port}`, {
      cause,
      remedy: 'Use a port from 1024 on, or grant CAP_NET_BIND_SERVICE.',
    });
  }
  if (code === 'EADDRNOTAVAIL') return new SeamarkError('SM_LISTEN_FAILED', `${where}: the address is not on this host`, { cause });
  return new SeamarkError('SM_LISTEN_FAILED', `${where}: ${messageOf(cause)}`, { cause });
}
