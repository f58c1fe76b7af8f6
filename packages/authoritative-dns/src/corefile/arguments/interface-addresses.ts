import { networkInterfaces } from 'node:os';

/** The addresses of a network interface, link-local ones with their zone (`fe80::1%eth0`); `undefined` when there is no such one. */
export function interfaceAddresses(name: string): string[] | undefined {
  return networkInterfaces()[name]?.map(({ address }) => (/^fe[89ab]/i.test(address) ? `${address}%${name}` : address));
}
