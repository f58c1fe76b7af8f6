import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';

import { tryParseAddress } from '@seamark/common/model';

/** What {@link reachableAddresses} goes by. */
export interface Surroundings {
  /** As `os.networkInterfaces` gives them. */
  readonly interfaces: Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'family' | 'internal'>[] | undefined>>;
  /** A pod of Kubernetes: its addresses are other ones on each replica and after each start, and clients ask a Service. */
  readonly isPod: boolean;
}

/**
 * The addresses at which others reach a server that listens on these: each as it is, and for `0.0.0.0`, `::` and the empty text (both)
 * those that the host has now. Link-local ones are none; loopback ones are when the server listens on nothing else. None in a pod.
 */
export function reachableAddresses(hosts: readonly string[], surroundings: Surroundings = surroundingsNow()): string[] {
  const own = Object.values(surroundings.interfaces).flatMap((addresses) => addresses ?? []);
  const ofFamily = (family: string): string[] =>
    own.filter((each) => !each.internal && each.family === family).map(({ address }) => address);
  const listened = hosts.flatMap((host) => {
    if (host === '') return [...ofFamily('IPv4'), ...ofFamily('IPv6')];
    if (host === '0.0.0.0') return ofFamily('IPv4');
    return host === '::' ? ofFamily('IPv6') : [host];
  });
  const isOnLoopbackOnly = hosts.length > 0 && hosts.every(isLoopback);
  const reachable = isOnLoopbackOnly ? listened : surroundings.isPod ? [] : listened.filter((address) => !isLoopback(address));
  return [...new Set(reachable)].filter((address) => !isLinkLocal(address) && tryParseAddress(address).ok);
}

function surroundingsNow(): Surroundings {
  return { interfaces: networkInterfaces(), isPod: process.env['KUBERNETES_SERVICE_HOST'] !== undefined };
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.') || /^fe[89ab]/i.test(address);
}
