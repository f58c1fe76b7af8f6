import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';

import { ownUdpPayloadOctets } from '../wire/limits.ts';
import { SocketClient } from './client-address.ts';
import type { DatagramEngineOptions } from './datagram-engine.ts';
import { listenError } from './listen-error.ts';
import { closeGraceMs, type Transport } from './transport.ts';

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

/** Most questions that wait for a handler; further ones that would have to wait are dropped. */
const maxWaiting = 4096;

/**
 * The engine that is part of Node: one system call per datagram, and no way to tell which of several addresses of the host was
 * asked, so answers leave from the address of the socket.
 */
export async function openDgramEngine(options: DatagramEngineOptions): Promise<Transport> {
  const { address } = options;
  const socket = await bind(options);
  const { port: localPort } = socket.address();
  const localAddress = address.host === '0.0.0.0' || address.host === '::' ? undefined : address.host;
  // Without a listener an error would end the process; receive errors (ICMP unreachable) concern one client only.
  socket.on('error', () => options.dropped('send_failed'));
  trySetBuffers(socket);

  const free: AnswerSlot[] = [];
  let slots = 0;
  let waiting = 0;
  let isClosing = false;
  let closed: (() => void) | undefined;
  const createSlot = (): AnswerSlot => {
    slots++;
    const slot: AnswerSlot = {
      // The writer may overrun the limit before it takes an RRset back; octets beyond the buffer are not written.
      buffer: Buffer.alloc(ownUdpPayloadOctets),
      sent: (error) => {
        if (error !== null) options.dropped('send_failed');
        free.push(slot);
        closeWhenIdle();
      },
    };
    return slot;
  };
  const takeSlot = (): AnswerSlot | undefined => {
    const slot = free.pop() ?? (slots < maxSlots ? createSlot() : undefined);
    if (slot === undefined) options.dropped('overloaded');
    return slot;
  };
  const isClosed = (): boolean => isClosing && closed === undefined;
  const closeWhenIdle = (): void => {
    if (!isClosing || closed === undefined || waiting > 0 || free.length < slots) return;
    socket.close(closed);
    closed = undefined;
  };

  const answerLater = async (later: Promise<(out: Uint8Array) => number>, remote: RemoteInfo): Promise<void> => {
    waiting++;
    const write = await later;
    waiting--;
    const slot = takeSlot();
    if (slot === undefined || isClosed()) return closeWhenIdle();
    const length = write(slot.buffer);
    if (length > 0) return socket.send(slot.buffer, 0, length, remote.port, remote.address, slot.sent);
    free.push(slot);
    closeWhenIdle();
  };
  socket.on('message', (query: Buffer, remote: RemoteInfo) => {
    if (isClosing) return;
    // A response to port 0 cannot be sent; such a query is forged.
    if (remote.port === 0) return options.dropped('source_port_zero');
    if (waiting >= maxWaiting) return options.dropped('overloaded');
    const slot = takeSlot();
    if (slot === undefined) return;
    const length = options.answer(query, new SocketClient('udp', remote.address, remote.port, localAddress, localPort), slot.buffer);
    if (typeof length === 'number' && length > 0) {
      socket.send(slot.buffer, 0, length, remote.port, remote.address, slot.sent);
      return;
    }
    free.push(slot);
    if (typeof length !== 'number') void answerLater(length, remote);
  });

  let closing: Promise<void> | undefined;
  return {
    address: { ...address, port: localPort },
    close: () =>
      (closing ??= new Promise((resolve) => {
        isClosing = true;
        closed = resolve;
        closeWhenIdle();
        // A handler that never answers does not keep the socket open.
        setTimeout(() => {
          if (closed === undefined) return;
          socket.close(closed);
          closed = undefined;
        }, closeGraceMs).unref();
      })),
  };
}

async function bind({ address, reusePort }: DatagramEngineOptions): Promise<Socket> {
  const socket = createSocket({
    type: address.family === 'IPv4' ? 'udp4' : 'udp6',
    ipv6Only: address.family === 'IPv6',
    reusePort,
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
  return socket;
}

function trySetBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(socketBufferOctets);
    socket.setSendBufferSize(socketBufferOctets);
  } catch {
    // The default sizes work as well, with less room for bursts.
  }
}
