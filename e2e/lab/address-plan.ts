/** One address family's part of the lab's networks. */
interface FamilyPlan {
  /** Prefix of the LAN of hosts and nodes. */
  readonly lan: string;
  readonly lanPrefixLength: number;
  /** What pools may take of the LAN: an own prefix, so that one route covers it, and the range to be given to a pool. */
  readonly poolPrefix: string;
  readonly pool: string;
  readonly secondSegment: string;
  readonly pods: string;
  readonly podPrefixLength: number;
  readonly services: string;
  readonly apiService: string;
  readonly clusterDns: string;
}

/** Every lab has the same addresses: none of them exists outside its namespaces. */
export const addressPlan = {
  ipv4: {
    lan: '192.168.10.',
    lanPrefixLength: 24,
    poolPrefix: '192.168.10.128/25',
    pool: '192.168.10.200-192.168.10.250',
    secondSegment: '192.168.20.',
    pods: '10.244.0.0/16',
    podPrefixLength: 24,
    services: '10.96.0.0/16',
    apiService: '10.96.0.1',
    clusterDns: '10.96.0.10',
  },
  ipv6: {
    lan: 'fd00:192:168:10::',
    lanPrefixLength: 64,
    poolPrefix: 'fd00:192:168:10::1:0/112',
    pool: 'fd00:192:168:10::1:1-fd00:192:168:10::1:ff',
    secondSegment: 'fd00:192:168:20::',
    pods: 'fd00:10:244::/56',
    podPrefixLength: 64,
    services: 'fd00:10:96::/112',
    apiService: 'fd00:10:96::1',
    clusterDns: 'fd00:10:96::a',
  },
} as const satisfies Record<'ipv4' | 'ipv6', FamilyPlan>;

/** The nodes are 11 to 19 of the LAN: nine of them at most. */
export const maximumNodes = 9;

/** Addresses of a host on the LAN, and on the second segment when there is one. */
export interface HostAddresses {
  readonly ipv4: string;
  readonly ipv6: string;
  readonly secondIpv4: string;
  readonly secondIpv6: string;
}

/** Host numbers of what is not a node. */
export const hostNumbers = { router: 1, 'control-plane': 2, client: 3, 'far-client': 4 } as const;

/** Addresses of the host with this number on both segments. */
export function hostAddresses(number: number): HostAddresses {
  const { ipv4, ipv6 } = addressPlan;
  // The same digits in both families, so that a person recognizes the host: 192.168.10.11 and fd00:192:168:10::11.
  return {
    ipv4: `${ipv4.lan}${number}`,
    ipv6: `${ipv6.lan}${number}`,
    secondIpv4: `${ipv4.secondSegment}${number}`,
    secondIpv6: `${ipv6.secondSegment}${number}`,
  };
}

/** Addresses of node `index` (1 is the first). */
export function nodeAddresses(index: number): HostAddresses {
  return hostAddresses(10 + index);
}

/** Pod networks of node `index`. */
export function podNetworks(index: number): { readonly ipv4: string; readonly ipv6: string } {
  return { ipv4: `10.244.${index}.0/24`, ipv6: `fd00:10:244:${index}::/64` };
}

/** `node1`, `node2`, … */
export function nodeName(index: number): string {
  return `node${index}`;
}
