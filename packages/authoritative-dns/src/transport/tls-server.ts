import { createServer, type TLSSocket } from 'node:tls';

import { SeamarkError, messageOf } from '@seamark/common/errors';

import { resolveStreamLimits, type StreamLimits } from './stream-limits.ts';
import { serveStreams } from './stream-server.ts';
import { isClientAdmitted, secureContextOptions, tlsServerOptions, type TlsSettings, type TlsTransport } from './tls-settings.ts';
import type { StreamTransport, TransportOptions } from './transport.ts';

/** Options of {@link startTlsServer}. */
export interface TlsServerOptions extends TransportOptions, StreamLimits {
  readonly tls: TlsSettings;
}

/** Answers over TLS (RFC 7858). Throws SM_LISTEN_FAILED when it cannot listen, SM_CONFIG_INVALID for certificates that are none. */
export async function startTlsServer(options: TlsServerOptions): Promise<StreamTransport & TlsTransport> {
  const { address, answerer, streamAnswerer = answerer, counters, reusePort = false, tls } = options;
  const limits = resolveStreamLimits(options);
  const server = createTlsServer(() =>
    createServer({
      ...tlsServerOptions(tls, limits.readTimeoutMs),
      ALPNProtocols: ['dot'],
      allowHalfOpen: true,
      noDelay: true,
    }),
  );
  // Handshakes that fail are the client's business; Node has closed the connection already.
  server.on('tlsClientError', () => counters.dropped('tls_handshake'));
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => socket.destroy());
    if (isClientAdmitted(socket, tls.clientAuth)) return;
    counters.dropped('client_certificate');
    socket.destroy();
  });
  const transport = await serveStreams(
    server,
    'secureConnection',
    { address, reusePort },
    { transport: 'tls', answerer: streamAnswerer, counters, limits },
  );
  return { ...transport, replaceCertificates: (material) => server.setSecureContext(secureContextOptions(material)) };
}

/** Says in our words that a certificate or key is none. */
export function createTlsServer<T>(create: () => T): T {
  try {
    return create();
  } catch (cause) {
    throw new SeamarkError('SM_CONFIG_INVALID', `the certificate or its key cannot be used: ${messageOf(cause)}`, { cause });
  }
}
