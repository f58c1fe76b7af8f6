import type { SeamarkError } from '@seamark/common/errors';

import type { ListenerCounters } from '../metrics/listener-counters.ts';
import { type TcpServerOptions, startTcpServer } from './tcp-server.ts';
import type { StreamTransport, Transport } from './transport.ts';
import { startUdpServer, type UdpServerOptions } from './udp-server.ts';

/** UDP and TCP on one address and port. */
export interface Listener {
  readonly udp: Transport;
  readonly tcp: StreamTransport;
  close(): Promise<void>;
}

/** Options of {@link startListener}: those of its servers, with counters for each. */
export interface ListenerOptions extends Omit<TcpServerOptions & UdpServerOptions, 'counters'> {
  readonly counters: { readonly udp: ListenerCounters; readonly tcp: ListenerCounters };
}

/** How many ports are tried when any free one will do: it must be free for both protocols. */
const portAttempts = 20;

/** Listens on both protocols of an address; port 0 picks one that both have free. Throws SM_LISTEN_FAILED with nothing left open. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  for (let attempt = 1; ; attempt++) {
    const udp = await startUdpServer({ ...options, counters: options.counters.udp });
    try {
      const tcp = await startTcpServer({ ...options, address: udp.address, counters: options.counters.tcp });
      return { udp, tcp, close: async () => void (await Promise.all([udp.close(), tcp.close()])) };
    } catch (error) {
      await udp.close();
      const isTaken = ((error as SeamarkError).cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
      if (options.address.port !== 0 || !isTaken || attempt === portAttempts) throw error;
    }
  }
}
