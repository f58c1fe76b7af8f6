import { addresses, reverseLabels, type ServerAddresses } from './addresses.ts';

const soa = (mname: string, rname: string): string => `@ 3600 IN SOA ${mname} ${rname} 2026010100 14400 3600 1209600 300`;

const both = (name: string, { ipv4, ipv6 }: ServerAddresses): string => `${name} 3600 IN A ${ipv4}\n${name} 3600 IN AAAA ${ipv6}`;

/** The reverse name of an address, and the system that it belongs to as Zonemaster looks it up. */
function aboutAddress(address: string, name: string, system: number): string {
  const [zone, origin] = address.includes(':') ? ['ip6.arpa.', 'origin6'] : ['in-addr.arpa.', 'origin'];
  const prefix = address.includes(':') ? `${address}/48` : `${address}/24`;
  const labels = reverseLabels(address);
  return `${labels}.${zone} 3600 IN PTR ${name}
${labels}.${origin}.asnlookup.zonemaster.net. 3600 IN TXT "${system} | ${prefix} | ZZ | test | 2026-01-01"`;
}

const about = (server: ServerAddresses, name: string, system: number): string =>
  [server.ipv4, server.ipv6].map((address) => aboutAddress(address, name, system)).join('\n');

/** The root zone: delegates org, whose DS is given; reverse names and other data of the servers stand in it. */
export const rootZone = (delegationSigner: string): string => `$ORIGIN .
${soa('a.root-servers.net.', 'hostmaster.root-servers.net.')}
. 3600 IN NS a.root-servers.net.
${both('a.root-servers.net.', addresses.root)}
org. 3600 IN NS a0.org.
${both('a0.org.', addresses.topLevel)}
${delegationSigner}
${about(addresses.root, 'a.root-servers.net.', 64500)}
${about(addresses.topLevel, 'a0.org.', 64501)}
${about(addresses.first, 'ns1.example.org.', 64502)}
${about(addresses.second, 'ns2.example.org.', 64503)}
`;

/** A zone below org, and its DS records when it is signed. */
export interface Delegation {
  readonly name: string;
  readonly delegationSigner?: string;
}

const delegation = ({ name, delegationSigner = '' }: Delegation): string => `${name}. 3600 IN NS ns1.${name}.
${name}. 3600 IN NS ns2.${name}.
${both(`ns1.${name}.`, addresses.first)}
${both(`ns2.${name}.`, addresses.second)}
${delegationSigner}`;

/** The zone org, which delegates these zones to our two servers, and is served by another program than the root. */
export const topLevelZone = (delegations: readonly Delegation[]): string => `$ORIGIN org.
${soa('a0.org.', 'hostmaster.a0.org.')}
@ 3600 IN NS a0.org.
${both('a0', addresses.topLevel)}
${delegations.map(delegation).join('\n')}
`;

/** What every program needs to begin with. */
export const rootHints = `. 3600000 NS a.root-servers.net.\n${both('a.root-servers.net.', addresses.root)}\n`;
