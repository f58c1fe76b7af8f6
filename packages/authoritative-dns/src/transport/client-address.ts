import { parseAddress } from '@seamark/common/model';

import type { Client, TransportKind } from '../chain/request.ts';

const mappedPrefix = '::ffff:';

/**
 * The 4 or 16 octets of an address as sockets give it: canonical text, perhaps with a zone (`fe80::1%eth0`), which is left out. An
 * IPv4-mapped address gives its 4 octets.
 */
export function addressOctets(text: string): Uint8Array {
  if (!text.includes(':')) return ipv4Octets(text);
  if (text.startsWith(mappedPrefix) && text.includes('.')) return ipv4Octets(text.slice(mappedPrefix.length));
  const zone = text.indexOf('%');
  let rest = parseAddress(zone < 0 ? text : text.slice(0, zone)) as bigint;
  const octets = new Uint8Array(16);
  for (let at = 15; at >= 0; at--) {
    octets[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return octets;
}

function ipv4Octets(text: string): Uint8Array {
  const octets = new Uint8Array(4);
  let at = 0;
  let value = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x2e) {
      octets[at++] = value;
      value = 0;
    } else value = value * 10 + code - 0x30;
  }
  octets[at] = value;
  return octets;
}

/** A client known by the text of its address; the octets are made when somebody asks for them. */
export class SocketClient implements Client {
  readonly transport: TransportKind;
  readonly port: number;
  readonly localPort: number;
  private readonly addressText: string;
  private readonly localText: string | undefined;
  private octets: Uint8Array | undefined;

  constructor(transport: TransportKind, address: string, port: number, localAddress: string | undefined, localPort: number) {
    this.transport = transport;
    this.addressText = address;
    this.port = port;
    this.localText = localAddress;
    this.localPort = localPort;
  }

  get address(): Uint8Array {
    return (this.octets ??= addressOctets(this.addressText));
  }

  get localAddress(): Uint8Array | undefined {
    return this.localText === undefined ? undefined : addressOctets(this.localText);
  }
}
