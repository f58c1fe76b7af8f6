export { createAuthoritativeDns } from './authoritative-dns.ts';
export type { AuthoritativeDns, AuthoritativeDnsState, Resolution, ServerAddresses } from './authoritative-dns.ts';
export type { AuthoritativeDnsOptions } from './authoritative-dns-options.ts';
export type { ListenAddress } from './transport/listen-address.ts';
export { formatListenAddress, parseListenAddress } from './transport/listen-address.ts';
export type { NameServerOption, SoaOptions, ZonesOption } from './zone/zone-options.ts';
