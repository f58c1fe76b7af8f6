import { createSocket, type RemoteInfo } from 'node:dgram';

import { ownUdpPayloadOctets } from '../wire/limits.ts';
import { listenError } from './listen-error.ts';
import type { Transport, TransportOptions } from './transport.ts';

/** Octets asked of the system for waiting queries and answers; it grants what net.core.rmem_max and wmem_max allow. */
const socketBufferOctets = 4 * 1024 * 1024;

/** A buffer for one answer, and the callback that takes it back: both made once, so sending allocates neither. */
interface AnswerSlot {
  readonly buffer: Buffer;
  readonly sent: (error: Error | null) => void;
}

/**
 * Most answers that wait for the system to take them. Node gives a buffer back one turn after sending, so a burst needs a few;
 * when all wait, the network does not take answers and further queries are dropped, as a full socket would do.
 */
const maxSlots = 1024;

/** Answers over UDP. Throws SM_LISTEN_FAILED when it cannot listen. */
export async function startUdpServer(options: TransportOptions): Promise<Transport> {
  const { address, responder, counters } = options;
  const socket = createSocket({
    type: address.family === 'IPv4' ? 'udp4' : 'udp6',
    ipv6Only: address.family === 'IPv6',
    // Answers go to addresses that came in with a query: looking them up would cost a turn of the event loop each.
    lookup: (host, _options, callback) => callback(null, host, address.family === 'IPv4' ? 4 : 6),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(listenError('udp', address, error));
    });
    socket.bind({ address: address.host, port: address.port }, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
  // Without a listener an error would end the process; receive errors (ICMP unreachable) concern one client only.
  socket.on('error', () => counters.dropped('send_failed'));
  trySetBuffers(socket);

  const free: AnswerSlot[] = [];
  let slots = 0;
  const createSlot = (): AnswerSlot => {
    slots++;
    const slot: AnswerSlot = {
      // The writer may overrun the limit before it takes an RRset back; octets beyond the buffer are not written.
      buffer: Buffer.alloc(ownUdpPayloadOctets),
      sent: (error) => {
        if (error !== null) counters.dropped('send_failed');
        free.push(slot);
      },
    };
    return slot;
  };

  socket.on('message', (query: Buffer, remote: RemoteInfo) => {
    const startedMs = performance.now();
    const slot = free.pop() ?? (slots < maxSlots ? createSlot() : undefined);
    if (slot === undefined) return counters.dropped('overloaded');
    const length = responder.respond(query, slot.buffer, false);
    // A response to port 0 cannot be sent; such a query is forged.
    if (length === 0 || remote.port === 0) {
      free.push(slot);
      return counters.dropped(length === 0 ? responder.dropReason : 'source_port_zero');
    }
    socket.send(slot.buffer, 0, length, remote.port, remote.address, slot.sent);
    counters.answered(responder, performance.now() - startedMs);
  });

  let closing: Promise<void> | undefined;
  return {
    address: { ...address, port: socket.address().port },
    close: () => (closing ??= new Promise((resolve) => socket.close(() => resolve()))),
  };
}

function trySetBuffers(socket: ReturnType<typeof createSocket>): void {
  try {
    socket.setRecvBufferSize(socketBufferOctets);
    socket.setSendBufferSize(socketBufferOctets);
  } catch {
    // The default sizes work as well, with less room for bursts.
  }
}
