import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createSecureServer } from 'node:https';

import { messageOf, type SeamarkError } from '@seamark/common/errors';

import { listenError } from '../transport/listen-error.ts';
import { formatHostPort, type HostPort } from '../corefile/arguments/read-host-port.ts';

/** What an endpoint says. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

/** Certificates of an endpoint over HTTPS. PEM texts. */
export interface HttpsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
}

/** What answers at one path. */
export interface HttpResponder {
  answer(): HttpAnswer | Promise<HttpAnswer>;
  /** False while the version that it belongs to does not serve yet: the one before goes on answering. */
  isActive(): boolean;
}

/** A path that is answered. */
export interface OpenEndpoint {
  /** Where this host reaches it. */
  readonly url: string;
  close(): Promise<void>;
}

interface Endpoint {
  readonly server: Server;
  /** By path; the last active one answers. */
  readonly answers: Map<string, HttpResponder[]>;
  leases: number;
}

/**
 * The HTTP endpoints of a server (health, ready, prometheus). It outlives the versions of a Corefile: while a new version starts beside
 * the old one, both hold the same address, the newer one answers once it serves, and the socket stays open. Directives may share an address.
 */
export class HttpEndpointPool {
  private readonly endpoints = new Map<string, Promise<Endpoint>>();

  /** Answers GET requests for a path until the handle is closed. Throws SM_LISTEN_FAILED. */
  async open(address: HostPort, path: string, responder: HttpResponder, tls?: HttpsMaterial): Promise<OpenEndpoint> {
    const key = formatHostPort(address);
    const opening = this.endpoints.get(key) ?? listen(address, tls);
    this.endpoints.set(key, opening);
    let endpoint: Endpoint;
    try {
      endpoint = await opening;
    } catch (error) {
      this.endpoints.delete(key);
      throw error;
    }
    endpoint.leases++;
    const answers = endpoint.answers.get(path) ?? [];
    endpoint.answers.set(path, answers);
    answers.push(responder);
    let isOpen = true;
    return {
      url: `${tls === undefined ? 'http' : 'https'}://${reachableAt(endpoint.server)}${path}`,
      close: async () => {
        if (!isOpen) return;
        isOpen = false;
        answers.splice(answers.indexOf(responder), 1);
        if (--endpoint.leases > 0) return;
        this.endpoints.delete(key);
        endpoint.server.closeAllConnections();
        await new Promise<void>((resolve) => endpoint.server.close(() => resolve()));
      },
    };
  }
}

async function listen(address: HostPort, tls: HttpsMaterial | undefined): Promise<Endpoint> {
  const answers: Endpoint['answers'] = new Map();
  const serve = (request: IncomingMessage, response: ServerResponse): void => void respond(request, response, answers);
  let server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve);
  const port = Number(address.port === '' ? '0' : address.port);
  const failed = (cause: unknown): SeamarkError =>
    listenError('tcp', { host: address.host, port, family: address.host.includes(':') ? 'IPv6' : 'IPv4' }, cause);
  if (!Number.isInteger(port) || port > 0xffff) throw failed(new Error(`${JSON.stringify(address.port)} is not a port`));
  // As in Go, every address means IPv6 as well, where there is IPv6.
  const host = address.host === '' ? '::' : address.host === 'localhost' ? '127.0.0.1' : address.host;
  try {
    await listening(server, host, port);
  } catch (error) {
    if (address.host !== '' || !hasNoIpv6(error)) throw failed(error);
    server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve);
    await listening(server, '0.0.0.0', port).catch((cause: unknown) => {
      throw failed(cause);
    });
  }
  return { server, answers, leases: 0 };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function reachableAt(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  const host = address === '::' ? '::1' : address === '0.0.0.0' ? '127.0.0.1' : address;
  return family === 'IPv6' ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether a socket could not be opened because the host has no IPv6. */
export function hasNoIpv6(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
}

async function respond(request: IncomingMessage, response: ServerResponse, answers: Endpoint['answers']): Promise<void> {
  const path = (request.url ?? '/').replace(/\?.*$/s, '');
  const responders = answers.get(path) ?? [];
  const responder = responders.findLast((one) => one.isActive()) ?? responders[0];
  if (responder === undefined) {
    const paths = [...answers].filter(([, those]) => those.length > 0).map(([known]) => known);
    response.writeHead(404, { 'content-type': 'text/plain' }).end(`not found: ${paths.join(', ')} is served here\n`);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  let result: HttpAnswer;
  try {
    result = await responder.answer();
  } catch (error) {
    result = { status: 500, body: `${messageOf(error)}\n` };
  }
  const { status, contentType = 'text/plain; charset=utf-8', body } = result;
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? '' : body);
}
