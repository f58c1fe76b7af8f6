import { SeamarkError } from '@seamark/common/errors';
import { formatAddress, tryParseAddress } from '@seamark/common/model';

/** An address and port to listen on; port 0 = a free one. */
export interface ListenAddress {
  /** Canonical text of an IP address; `0.0.0.0` and `::` = all of the family. */
  readonly host: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
}

/** Reads `127.0.0.1:1053` or `[::1]:1053`. Throws SM_CONFIG_INVALID. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]{1,5})$/.exec(text);
  const address = tryParseAddress(match?.[1] ?? match?.[2] ?? '');
  const port = Number(match?.[3]);
  const isBracketed = match?.[1] !== undefined;
  if (match === null || !address.ok || port > 0xffff || isBracketed !== (typeof address.value === 'bigint')) {
    throw new SeamarkError('SM_CONFIG_INVALID', `"${text}" is not an address to listen on: write 127.0.0.1:1053 or [::1]:1053`);
  }
  return { host: formatAddress(address.value), port, family: isBracketed ? 'IPv6' : 'IPv4' };
}

/** The opposite of {@link parseListenAddress}. */
export function formatListenAddress(address: Pick<ListenAddress, 'host' | 'port'>): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
