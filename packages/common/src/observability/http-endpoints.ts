import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Component } from '../controller/component.ts';
import { SeamarkError } from '../errors/index.ts';

/** One condition of readiness. `undefined` = ready; a text says what is being waited for. */
export type ReadinessCheck = () => string | undefined;

/** Options of {@link createHttpEndpoints}. */
export interface HttpEndpointsOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly metrics: Registry;
  /** Named conditions; /readyz is 200 when all of them are ready, else 503 with a line for each that is not. */
  readonly readiness: ReadonlyMap<string, ReadinessCheck>;
}

/** The component that serves `/healthz` (the process runs), `/readyz` and `/metrics` (Prometheus text). */
export interface HttpEndpoints extends Component {
  /** The address in use, once started. */
  address(): AddressInfo | undefined;
}

/** Creates {@link HttpEndpoints}. `start` throws SM_LISTEN_FAILED when the address cannot be had. */
export function createHttpEndpoints(options: HttpEndpointsOptions): HttpEndpoints {
  let server: Server | undefined;
  const answer = async (path: string): Promise<{ status: number; type: string; body: string }> => {
    if (path === '/healthz') return { status: 200, type: 'text/plain', body: 'ok\n' };
    if (path === '/readyz') {
      const waiting = [...options.readiness].flatMap(([name, check]) => {
        const reason = check();
        return reason === undefined ? [] : [`${name}: ${reason}`];
      });
      return waiting.length === 0
        ? { status: 200, type: 'text/plain', body: 'ok\n' }
        : { status: 503, type: 'text/plain', body: `${waiting.join('\n')}\n` };
    }
    if (path === '/metrics') return { status: 200, type: options.metrics.contentType, body: await options.metrics.metrics() };
    return { status: 404, type: 'text/plain', body: 'not found: /healthz, /readyz and /metrics are served here\n' };
  };
  return {
    name: 'http-endpoints',
    address: () => {
      const address = server?.address();
      return typeof address === 'object' && address !== null ? address : undefined;
    },
    async start() {
      const created = createServer((request, response) => {
        if (request.method !== 'GET' && request.method !== 'HEAD') {
          response.writeHead(405, { allow: 'GET, HEAD' }).end();
          return;
        }
        answer(new URL(request.url ?? '/', 'http://local').pathname).then(
          ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? '' : body),
          (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
        );
      });
      await new Promise<void>((resolve, reject) => {
        created.once('error', (cause) =>
          reject(
            new SeamarkError(
              'SM_LISTEN_FAILED',
              `cannot listen on ${options.host}:${options.port} for health and metrics: ${cause.message}`,
              { cause },
            ),
          ),
        );
        created.listen(options.port, options.host, resolve);
      });
      server = created;
    },
    async stop() {
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      closing.closeAllConnections();
      await new Promise((resolve) => closing.close(resolve));
    },
  };
}
