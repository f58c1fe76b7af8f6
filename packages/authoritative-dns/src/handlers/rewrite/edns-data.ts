import type { DnsRequest } from '../../chain/request.ts';
import { nameText } from './name-text.ts';

/** Names of what `{…}` can stand for in the content of a local option. */
export const variables = ['qname', 'qtype', 'client_ip', 'client_port', 'protocol', 'server_ip', 'server_port'] as const;

/** One of {@link variables}. */
export type Variable = (typeof variables)[number];

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const uint16 = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value & 0xff);

/** What a variable stands for: names as text, numbers in two octets, addresses in 4 or 16; `undefined` when it is not known. */
export function variableData(variable: Variable, request: DnsRequest): Uint8Array | undefined {
  const { client } = request;
  switch (variable) {
    case 'qname':
      return latin1(nameText(request.name));
    case 'qtype':
      return uint16(request.type);
    case 'client_ip':
      return client.address;
    case 'client_port':
      return uint16(client.port);
    case 'protocol':
      return latin1(client.transport === 'udp' ? 'udp' : 'tcp');
    case 'server_ip':
      return client.localAddress;
    case 'server_port':
      break;
  }
  return uint16(client.localPort);
}

/** A client subnet (RFC 7871 6) of the client's address. */
export function subnetData({ client: { address } }: DnsRequest, ipv4Bits: number, ipv6Bits: number): Uint8Array {
  const isIpv4 = address.length === 4;
  const bits = isIpv4 ? ipv4Bits : ipv6Bits;
  const octets = Math.ceil(bits / 8);
  const data = new Uint8Array(4 + octets);
  data.set([0, isIpv4 ? 1 : 2, bits, 0]);
  data.set(address.subarray(0, octets), 4);
  const last = 3 + octets;
  if (bits % 8 !== 0) data[last] = (data[last] as number) & (0xff << (8 - (bits % 8)));
  return data;
}
