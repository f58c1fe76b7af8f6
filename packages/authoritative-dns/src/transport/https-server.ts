import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { maxMessageOctets } from '../wire/limits.ts';
import { SocketClient } from './client-address.ts';
import { ConnectionTable } from './connection-table.ts';
import { dnsMessageType, type HttpProblem, readHttpHead, tooLarge } from './https-exchange.ts';
import { type ResolvedStreamLimits, resolveStreamLimits, type StreamLimits } from './stream-limits.ts';
import { checksPerTimeout, listen } from './stream-server.ts';
import { createTlsServer } from './tls-server.ts';
import { isClientAdmitted, secureContextOptions, tlsServerOptions, type TlsSettings, type TlsTransport } from './tls-settings.ts';
import { closeGraceMs, type StreamTransport, type TransportOptions } from './transport.ts';

/** Options of {@link startHttpsServer}. */
export interface HttpsServerOptions extends TransportOptions, StreamLimits {
  /** Default: plain HTTP/1.1, for a proxy in front that ends TLS. */
  readonly tls?: TlsSettings;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

const answerBuffer = Buffer.alloc(maxMessageOctets);

/**
 * Answers over HTTPS (RFC 8484), HTTP/2 and HTTP/1.1 on one port. Throws SM_LISTEN_FAILED when it cannot listen, SM_CONFIG_INVALID for
 * certificates that are none.
 */
export async function startHttpsServer(options: HttpsServerOptions): Promise<StreamTransport & TlsTransport> {
  const { counters, reusePort = false, tls } = options;
  const limits = resolveStreamLimits(options);
  const table = new ConnectionTable(limits, (reason) => counters.dropped(reason));
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  let inWork = 0;
  let isClosing = false;

  const respond = (request: Request, response: Response): void => {
    inWork++;
    response.once('close', () => {
      inWork--;
      if (isClosing) closeIdle();
    });
    if (isClosing && request.httpVersionMajor === 1) (response as ServerResponse).setHeader('connection', 'close');
    void exchange(request, response, options, limits, table);
  };
  const server = tls === undefined ? plainServer(limits, respond) : secureServer(tls, limits, respond);
  const closeIdle = (): void => {
    // With nothing in work, no connection has an answer under way.
    if (inWork === 0) for (const socket of sockets) socket.destroySoon();
  };

  server.prependListener('connection', (socket: Socket) => {
    if (isClosing) socket.destroy();
    else table.admit(socket);
  });
  server.prependListener(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    if (socket.destroyed) return;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (tls === undefined || isClientAdmitted(socket as TLSSocket, tls.clientAuth)) return;
    counters.dropped('client_certificate');
    socket.destroy();
  });
  server.on('tlsClientError', () => counters.dropped('tls_handshake'));
  server.on('sessionError', () => undefined);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (isSlow) counters.dropped('read_timeout');
    // What was answered before may not have left as a whole.
    if (socket.bytesWritten > 0 || !socket.writable) return socket.destroy();
    return socket.end(`HTTP/1.1 ${isSlow ? '408 Request Timeout' : '400 Bad Request'}\r\nConnection: close\r\n\r\n`);
  });
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setTimeout(limits.idleTimeoutMs, () => session.destroy());
  });

  const address = await listen(server, { address: options.address, reusePort });
  server.on('error', () => counters.dropped('too_many_connections'));

  let closing: Promise<void> | undefined;
  return {
    address,
    replaceLimits(replaced) {
      Object.assign(server, http1Options(Object.assign(limits, resolveStreamLimits(replaced))));
    },
    replaceCertificates(material) {
      if (tls !== undefined) (server as Http2SecureServer).setSecureContext(secureContextOptions(material));
    },
    close: () =>
      (closing ??= new Promise((resolve) => {
        isClosing = true;
        const giveUp = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, closeGraceMs);
        server.close(() => {
          clearTimeout(giveUp);
          resolve();
        });
        for (const session of sessions) session.close();
        closeIdle();
      })),
  };
}

/** Times of connections with HTTP/1.1, which Node looks after. */
function http1Options(limits: ResolvedStreamLimits) {
  return {
    headersTimeout: limits.readTimeoutMs,
    requestTimeout: limits.readTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.max(10, Math.min(1000, Math.floor(limits.readTimeoutMs / checksPerTimeout))),
  };
}

function plainServer(limits: ResolvedStreamLimits, respond: (request: Request, response: Response) => void): Server {
  return createPlainServer(http1Options(limits), respond);
}

function secureServer(
  tls: TlsSettings,
  limits: ResolvedStreamLimits,
  respond: (request: Request, response: Response) => void,
): Http2SecureServer {
  return createTlsServer(() =>
    createSecureServer(
      {
        ...tlsServerOptions(tls, limits.readTimeoutMs),
        ...http1Options(limits),
        allowHTTP1: true,
        settings: { maxConcurrentStreams: limits.maxInFlight, enablePush: false },
      },
      respond,
    ),
  );
}

/** Reads one request and answers it. Never rejects. */
async function exchange(
  request: Request,
  response: Response,
  { answerer, counters }: HttpsServerOptions,
  limits: ResolvedStreamLimits,
  table: ConnectionTable,
): Promise<void> {
  const startedMs = performance.now();
  const fail = ({ status, text, allow }: HttpProblem | { status: 500; text: string; allow?: never }): void => {
    counters.httpStatus(status);
    const body = Buffer.from(`${text}\n`);
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': body.length,
      ...(allow === undefined ? {} : { allow }),
    };
    // What of the body has not come yet is not read.
    if (request.httpVersionMajor === 1 && !request.complete) Object.assign(headers, { connection: 'close' });
    send(response, status, headers, body);
  };

  const head = readHttpHead(
    {
      method: request.method,
      url: request.url,
      contentType: request.headers['content-type'],
      contentLength: request.headers['content-length'],
    },
    maxMessageOctets,
  );
  const query = head === 'body' ? await readBody(request, limits.readTimeoutMs) : head;
  if (query === 'timeout') counters.dropped('read_timeout');
  if (typeof query === 'string') return abandon(request);
  if ('status' in query) return fail(query);

  // A request that does not come to its end does not keep its connection's place.
  const place = table.find(request.socket);
  place?.begin();
  response.once('close', () => place?.end());

  const { socket } = request;
  const client = new SocketClient(
    'https',
    socket.remoteAddress ?? '0.0.0.0',
    socket.remotePort ?? 0,
    socket.localAddress,
    socket.localPort ?? 0,
  );
  const result = answerer.answer(query, client, answerBuffer);
  const length = typeof result === 'number' ? result : (await result)(answerBuffer);
  const { report } = answerer;
  if (length === 0) {
    counters.unanswered(report);
    return fail(
      report.dropReason === 'by_handler' ? { status: 500, text: 'there is no answer' } : { status: 400, text: 'not a DNS query' },
    );
  }
  const body = Buffer.from(answerBuffer.subarray(0, length));
  const headers = { 'content-type': dnsMessageType, 'content-length': length, 'cache-control': `max-age=${report.minTtlSeconds}` };
  counters.answered(report, performance.now() - startedMs);
  counters.httpStatus(200);
  send(response, 200, headers, body);
}

/** Ends a request without an answer: with HTTP/2 its stream alone. */
function abandon(request: Request): void {
  if ('stream' in request) request.stream.close(constants.NGHTTP2_CANCEL);
  else request.destroy();
}

function send(response: Response, status: number, headers: Record<string, string | number>, body: Buffer): void {
  // The client may have gone meanwhile.
  if (response.destroyed || response.writableEnded) return;
  if ('stream' in response) {
    // Past the response object, which would send a frame more, without octets, since there might be trailers.
    if (response.stream.destroyed) return;
    response.stream.respond({ ':status': status, ...headers });
    response.stream.end(body);
    return;
  }
  response.writeHead(status, headers);
  response.end(body);
}

/** The body of a POST; `timeout` when it does not come in time, `gone` when its client ends before. */
function readBody(request: Request, timeoutMs: number): Promise<Buffer | HttpProblem | 'timeout' | 'gone'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let octets = 0;
    const end = (result: Buffer | HttpProblem | 'timeout' | 'gone'): void => {
      clearTimeout(timer);
      resolve(result);
    };
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    request.on('data', (chunk: Buffer) => {
      octets += chunk.length;
      if (octets <= maxMessageOctets) chunks.push(chunk);
      else end(tooLarge(maxMessageOctets));
    });
    request.once('end', () => end(Buffer.concat(chunks)));
    request.once('error', () => end('gone'));
    request.once('close', () => end('gone'));
  });
}
