import type { Server, Socket } from 'node:net';

import { ConnectionTable } from './connection-table.ts';
import type { ListenAddress } from './listen-address.ts';
import { listenError } from './listen-error.ts';
import { StreamConnection, type StreamContext } from './stream-connection.ts';
import { closeGraceMs, type Transport } from './transport.ts';

/** How a server is bound. */
export interface StreamServerOptions {
  readonly address: ListenAddress;
  readonly reusePort: boolean;
}

/** Times are looked after so many times within the shortest of them. */
const checksPerTimeout = 8;

/** Opens `server` where the options say. Throws SM_LISTEN_FAILED. */
export async function listen(server: Server, { address, reusePort }: StreamServerOptions): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError('tcp', address, error)));
    server.listen({ host: address.host, port: address.port, ipv6Only: address.family === 'IPv6', reusePort }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
  const bound = server.address();
  return { ...address, port: typeof bound === 'object' && bound !== null ? bound.port : address.port };
}

/**
 * Serves framed queries with a server of Node. `readyEvent` gives the sockets to talk with; every raw connection counts from the
 * start, so that one without an end of its handshake holds a place as well, until the handshake's own time is over.
 */
export async function serveStreams(
  server: Server,
  readyEvent: 'connection' | 'secureConnection',
  options: StreamServerOptions,
  context: StreamContext,
): Promise<Transport> {
  const { limits, counters } = context;
  const table = new ConnectionTable(limits);
  /** Raw connections that have not become ready yet, by the client's address and port. */
  const unready = new Map<string, Socket>();
  const connections = new Map<StreamConnection, Socket>();
  let isClosing = false;

  server.prependListener('connection', (socket: Socket) => {
    if (isClosing || !table.admit(socket)) {
      counters.dropped('too_many_connections');
      socket.destroy();
      return;
    }
    const key = remoteKey(socket);
    unready.set(key, socket);
    socket.once('close', () => {
      if (unready.get(key) === socket) unready.delete(key);
    });
  });
  server.on(readyEvent, (socket: Socket) => {
    unready.delete(remoteKey(socket));
    if (socket.destroyed) return;
    const connection = new StreamConnection(socket, context);
    connections.set(connection, socket);
    socket.once('close', () => connections.delete(connection));
    if (isClosing) connection.close();
  });
  const shortestMs = Math.min(limits.idleTimeoutMs, limits.readTimeoutMs, limits.writeTimeoutMs);
  const sweep = setInterval(
    () => {
      const nowMs = performance.now();
      for (const connection of connections.keys()) connection.enforceTimeouts(nowMs);
    },
    Math.max(10, Math.min(1000, shortestMs / checksPerTimeout)),
  );
  sweep.unref();

  let address: ListenAddress;
  try {
    address = await listen(server, options);
  } catch (error) {
    clearInterval(sweep);
    throw error;
  }
  // Out of file descriptors: connections that wait are accepted later.
  server.on('error', () => counters.dropped('too_many_connections'));

  let closing: Promise<void> | undefined;
  return {
    address,
    close: () =>
      (closing ??= new Promise((resolve) => {
        isClosing = true;
        const giveUp = setTimeout(() => {
          for (const socket of connections.values()) socket.destroy();
        }, closeGraceMs);
        server.close(() => {
          clearTimeout(giveUp);
          clearInterval(sweep);
          resolve();
        });
        for (const socket of unready.values()) socket.destroy();
        for (const connection of connections.keys()) connection.close();
      })),
  };
}

const remoteKey = (socket: Socket): string => `${socket.remoteAddress ?? ''}|${socket.remotePort ?? 0}`;
