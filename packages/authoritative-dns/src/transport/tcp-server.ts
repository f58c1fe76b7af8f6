import { createServer } from 'node:net';

import { resolveStreamLimits, type StreamLimits } from './stream-limits.ts';
import { serveStreams } from './stream-server.ts';
import type { StreamTransport, TransportOptions } from './transport.ts';

/** Options of {@link startTcpServer}. */
export interface TcpServerOptions extends TransportOptions, StreamLimits {}

/** Answers over TCP: any number of queries per connection, pipelined, out of order. Throws SM_LISTEN_FAILED when it cannot listen. */
export function startTcpServer(options: TcpServerOptions): Promise<StreamTransport> {
  const { address, answerer, streamAnswerer = answerer, counters, reusePort = false } = options;
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  return serveStreams(
    server,
    'connection',
    { address, reusePort },
    { transport: 'tcp', answerer: streamAnswerer, counters, limits: resolveStreamLimits(options) },
  );
}
