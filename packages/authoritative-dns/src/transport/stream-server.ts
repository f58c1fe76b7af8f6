import type { Server, Socket } from 'node:net';

import { type ConnectionPlace, ConnectionTable } from './connection-table.ts';
import type { ListenAddress } from './listen-address.ts';
import { listenError } from './listen-error.ts';
import { StreamConnection, type StreamContext } from './stream-connection.ts';
import { resolveStreamLimits } from './stream-limits.ts';
import { closeGraceMs, type StreamTransport } from './transport.ts';

/** How a server is bound. */
export interface StreamServerOptions {
  readonly address: ListenAddress;
  readonly reusePort: boolean;
}

/** Times of connections are looked after so many times within the shortest of them. */
export const checksPerTimeout = 8;

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
): Promise<StreamTransport> {
  const { limits, counters } = context;
  const table = new ConnectionTable(limits, (reason) => counters.dropped(reason));
  /** Connections that have not become ready yet. */
  const unready = new Set<ConnectionPlace>();
  const connections = new Map<StreamConnection, Socket>();
  let isClosing = false;

  server.prependListener('connection', (socket: Socket) => {
    const place = isClosing ? void socket.destroy() : table.admit(socket);
    if (place === undefined) return;
    unready.add(place);
    socket.once('close', () => unready.delete(place));
  });
  server.on(readyEvent, (socket: Socket) => {
    const place = table.find(socket);
    if (place === undefined || socket.destroyed) {
      socket.destroy();
      return;
    }
    unready.delete(place);
    const connection = new StreamConnection(socket, place, context);
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
    replaceLimits: (replaced) => void Object.assign(limits, resolveStreamLimits(replaced)),
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
        for (const { socket } of unready) socket.destroy();
        for (const connection of connections.keys()) connection.close();
      })),
  };
}
