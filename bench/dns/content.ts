/** The zone that all servers of the figures of DNS answer for. */
export const zone = 'bench.test';

/** Its name server. */
export const nameServer = { name: `ns1.${zone}`, address: '192.0.2.53' } as const;

/** The name of a host; hosts are counted from 0. */
export function hostName(at: number): string {
  return `host-${at}.${zone}`;
}

/** The only address of a host. Each generation has another one. */
export function hostAddress(at: number, generation = 0): string {
  return `10.${((at >>> 16) & 63) | ((generation & 3) << 6)}.${(at >>> 8) & 255}.${at & 255}`;
}

/** Seconds that answers with an address may be kept. */
export const hostTtlSeconds = 300;

/** The key in etcd of a host's address, below a path. */
export function hostKey(at: number, path = '/skydns'): string {
  return `${path}/${zone.split('.').toReversed().join('/')}/host-${at}`;
}

/** The value of that key. */
export function hostValue(address: string): string {
  return JSON.stringify({ host: address, ttl: hostTtlSeconds });
}

/** The zone as a zone file: one record on each line, all names absolute, so that every server reads it. */
export function zoneFileText(names: number): string {
  const lines = [
    `${zone}. 3600 IN SOA ${nameServer.name}. hostmaster.${zone}. 1 14400 3600 1209600 5`,
    `${zone}. 3600 IN NS ${nameServer.name}.`,
    `${nameServer.name}. 3600 IN A ${nameServer.address}`,
  ];
  for (let at = 0; at < names; at++) lines.push(`${hostName(at)}. ${hostTtlSeconds} IN A ${hostAddress(at)}`);
  return `${lines.join('\n')}\n`;
}
