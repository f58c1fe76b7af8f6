import type { Client, TransportKind } from '../chain/request.ts';
import { addressOctets } from '../transport/client-address.ts';

/** A client at an address of the documentation. */
export function testClient(transport: TransportKind, address = '192.0.2.53'): Client {
  return { transport, address: addressOctets(address), port: 5353, localAddress: undefined, localPort: 53 };
}
