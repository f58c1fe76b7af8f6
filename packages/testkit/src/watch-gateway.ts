import { Agent, type RequestOptions, request as httpsRequest } from 'node:https';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { ApiServer } from './api-server.ts';

/** A way to an API server on which watches can be made to lag while all other requests pass. */
export interface WatchGateway extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, the `server` of a kubeconfig. */
  readonly url: string;
  /** Holds back what comes on the watches of a resource, open ones and later ones, without ending them: `services`. */
  hold(plural: string): void;
  /** Ends {@link hold}; what was held back flows. */
  release(): void;
  /** Ends the open watches of a resource and refuses new ones, until {@link accept}. */
  refuse(plural: string): void;
  accept(): void;
  /** Cuts the open watches of a resource. */
  cut(plural: string): void;
}

interface Stream {
  readonly plural: string;
  readonly response: ServerResponse;
  readonly fromServer: IncomingMessage;
}

/** Starts a {@link WatchGateway}. It speaks HTTP without TLS, because it has to tell watches from other requests. */
export async function startWatchGateway(api: Pick<ApiServer, 'port' | 'ca'>): Promise<WatchGateway> {
  const agent = new Agent({ ca: api.ca, keepAlive: true });
  const watches = new Set<Stream>();
  const held = new Set<string>();
  const refused = new Set<string>();

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://gateway');
    const isWatch = searchParams.get('watch') === 'true';
    const plural = pathname.slice(pathname.lastIndexOf('/') + 1);
    if (isWatch && refused.has(plural)) {
      response.destroy();
      return;
    }
    const target: RequestOptions = {
      host: '127.0.0.1',
      port: api.port,
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: request.headers,
      agent,
    };
    const forwarded = httpsRequest(target, (fromServer) => {
      response.writeHead(fromServer.statusCode ?? 502, fromServer.headers);
      response.flushHeaders();
      fromServer.on('error', () => response.destroy());
      if (isWatch) {
        const stream = { plural, response, fromServer };
        watches.add(stream);
        response.on('close', () => watches.delete(stream));
        fromServer.on('data', (chunk) => response.write(chunk));
        fromServer.on('end', () => response.end());
        if (held.has(stream.plural)) fromServer.pause();
      } else fromServer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    response.on('close', () => {
      // The connection of a finished exchange serves the next one.
      if (!response.writableFinished) forwarded.destroy();
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  const cut = (plural: string): void => {
    for (const watch of watches) if (watch.plural === plural) watch.response.destroy();
  };

  return {
    url: `http://127.0.0.1:${address.port}`,
    hold(plural) {
      held.add(plural);
      for (const watch of watches) if (watch.plural === plural) watch.fromServer.pause();
    },
    release() {
      held.clear();
      for (const watch of watches) watch.fromServer.resume();
    },
    refuse(plural) {
      refused.add(plural);
      cut(plural);
    },
    accept() {
      refused.clear();
    },
    cut,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
