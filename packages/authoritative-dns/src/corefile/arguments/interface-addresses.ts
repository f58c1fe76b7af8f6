import { networkInterfaces } from 'node:os';

/** The addresses of a network interface, link-local ones with their zone (`fe80::1%eth0`); `undefined` when there is no such one. */
export function interfaceAddresses(name: string): string[] | undefined {
  return networkInterfaces()[name]?.map(({ address }) => (/^fe[89ab]/i.test(address) ? `${address}%${name}` : address));
}

/** True for an address of this host, and for those that stand for several of its addresses. Link-local ones with or without their zone. */
export function isOfThisHost(text: string): boolean {
  const address = text.replace(/%.*$/, '');
  if (address === '0.0.0.0' || address === '::' || address.startsWith('127.')) return true;
  return Object.values(networkInterfaces()).some((those) => those?.some((one) => one.address === address));
}
