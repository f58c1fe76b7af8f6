/** The two addresses of a server. They look public, since Zonemaster refuses those of documentation; nothing leaves the namespace. */
export interface ServerAddresses {
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Servers of the small internet. The root has the address that every program knows by heart as that of a.root-servers.net. */
export const addresses = {
  root: { ipv4: '198.41.0.4', ipv6: '2001:503:ba3e::2:30' },
  topLevel: { ipv4: '199.19.56.1', ipv6: '2001:500:e::1' },
  first: { ipv4: '45.90.28.53', ipv6: '2a07:a8c0::53' },
  second: { ipv4: '77.88.8.53', ipv6: '2a02:6b8::53' },
  resolver: { ipv4: '9.9.10.10', ipv6: '2620:fe::53' },
} as const satisfies Readonly<Record<string, ServerAddresses>>;

/** `53.28.90.45`, `3.5.0.…`: the labels of an address in the reverse zones, without the zone. */
export function reverseLabels(address: string): string {
  if (!address.includes(':')) return address.split('.').toReversed().join('.');
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':').map((group) => group.padStart(4, '0')));
  const [front, back] = [groups(head), groups(tail)];
  const all = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => '0000'), ...back];
  return all.join('').split('').toReversed().join('.');
}
