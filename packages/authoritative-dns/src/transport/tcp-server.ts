import { createServer, type Socket } from 'node:net';

import { maxMessageOctets } from '../wire/limits.ts';
import { FrameDecoder, frameHeaderOctets } from './frame-decoder.ts';
import { listenError } from './listen-error.ts';
import type { Transport, TransportOptions } from './transport.ts';

/** Limits of {@link startTcpServer}. */
export interface TcpServerOptions extends TransportOptions {
  /** A connection that completes no query for so long is closed (RFC 7766 6.2.3); octets alone do not count. Default 10,000 ms. */
  readonly idleTimeoutMs?: number;
  /** Connections at one time; further ones are closed at once. Default 1000. */
  readonly maxConnections?: number;
}

/** Octets of answers that wait for the client to read them; above it no further query of the connection is answered or read. */
const maxWaitingOctets = 256 * 1024;

/** Answers over TCP: any number of queries per connection, pipelined. Throws SM_LISTEN_FAILED when it cannot listen. */
export async function startTcpServer(options: TcpServerOptions): Promise<Transport> {
  const { address, responder, counters, idleTimeoutMs = 10_000, maxConnections = 1000 } = options;
  const connections = new Set<Socket>();
  const answer = Buffer.alloc(frameHeaderOctets + maxMessageOctets);
  const message = answer.subarray(frameHeaderOctets);

  const serve = (socket: Socket): void => {
    if (connections.size >= maxConnections) {
      counters.dropped('too_many_connections');
      socket.destroy();
      return;
    }
    connections.add(socket);
    const frames = new FrameDecoder();
    // Not socket.setTimeout: that begins anew with each octet, so a slow client could hold the connection for ever.
    const idle = setTimeout(() => socket.destroy(), idleTimeoutMs);
    idle.unref();
    // Queries of one chunk that came when too many answers were waiting: small, where their answers could be 64 KiB each.
    const waiting: Buffer[] = [];
    const answerNow = (query: Buffer): void => {
      const startedMs = performance.now();
      const length = responder.respond(query, message, true);
      if (length === 0) return counters.dropped(responder.dropReason);
      answer.writeUInt16BE(length, 0);
      socket.write(Buffer.from(answer.subarray(0, frameHeaderOctets + length)));
      idle.refresh();
      counters.answered(responder, performance.now() - startedMs);
    };
    const take = (query: Buffer): void => {
      if (waiting.length === 0 && socket.writableLength <= maxWaitingOctets) answerNow(query);
      else waiting.push(Buffer.from(query));
    };
    socket.on('data', (chunk: Buffer) => {
      socket.cork();
      frames.push(chunk, take);
      socket.uncork();
      if (waiting.length > 0) socket.pause();
    });
    socket.on('drain', () => {
      while (waiting.length > 0 && socket.writableLength <= maxWaitingOctets) answerNow(waiting.shift() as Buffer);
      if (waiting.length > 0) return;
      if (socket.readableEnded) socket.end();
      else socket.resume();
    });
    // A client that ends its side may still read: what waits is answered first.
    socket.on('end', () => {
      if (waiting.length === 0) socket.end();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(idle);
      connections.delete(socket);
    });
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, serve);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError('tcp', address, error)));
    server.listen({ host: address.host, port: address.port, ipv6Only: address.family === 'IPv6' }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
  // Out of file descriptors: connections that wait are accepted later.
  server.on('error', () => counters.dropped('too_many_connections'));

  const bound = server.address();
  let closing: Promise<void> | undefined;
  return {
    address: { ...address, port: typeof bound === 'object' && bound !== null ? bound.port : address.port },
    close: () =>
      (closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      })),
  };
}
