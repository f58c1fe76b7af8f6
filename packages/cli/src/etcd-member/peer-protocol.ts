import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import type { Server } from 'node:net';
import { messageOf, SeamarkError } from '@seamark/common/errors';
import type { PeerSight } from './decide-join.ts';
import type { WantedMember } from './wanted-member.ts';

/** Certificate files with which members know each other; none when peers speak without TLS. */
export interface PeerTls {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** What a member that has not started says on its peer port, where etcd will listen later. */
interface Announcement {
  readonly name: string;
  readonly token: string;
  readonly agreed: boolean;
}

/** Our own announcement, until it is closed. */
export interface Announcer extends AsyncDisposable {
  /** From now on we say that we have seen every member without data. */
  agree(): void;
}

/** A peer as {@link lookAtPeer} sees it; `agreed` when it, too, has seen every member without data. */
export type PeerLook = PeerSight & { readonly agreed: boolean };

const path = '/seamark/join';
const requestTimeoutMs = 2_000;

/** Answers other members on the peer port that this one has no data. Rejects with SM_LISTEN_FAILED. */
export async function announce(self: WantedMember, token: string, tls: PeerTls | undefined, host?: string): Promise<Announcer> {
  let agreed = false;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url !== path) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ name: self.name, token, agreed }));
  };
  const server =
    tls === undefined
      ? createHttpServer(answer)
      : createHttpsServer({ ...material(tls), requestCert: true, rejectUnauthorized: true }, answer);
  const port = Number(new URL(self.peerUrl).port || '2380');
  await listening(server, port, host);
  return {
    agree() {
      agreed = true;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Asks a peer once. An etcd on that port answers too, but does not know the path. */
export async function lookAtPeer(peer: WantedMember, token: string, tls: PeerTls | undefined): Promise<PeerLook> {
  try {
    const { status, text } = await get(`${peer.peerUrl}${path}`, tls);
    if (status !== 200) return { state: 'running', agreed: false };
    const announced = JSON.parse(text) as Announcement;
    if (announced.name !== peer.name || announced.token !== token)
      return { state: 'unreachable', why: `${peer.peerUrl} is ${announced.name} of cluster ${announced.token}`, agreed: false };
    return { state: 'empty', agreed: announced.agreed };
  } catch (error) {
    // An AggregateError, of several addresses that all refuse, has no message of its own.
    return { state: 'unreachable', why: messageOf(error) || (error as NodeJS.ErrnoException).code || 'no answer', agreed: false };
  }
}

function listening(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new SeamarkError('SM_LISTEN_FAILED', `${host ?? ''}:${port}, where other members look for this one: ${messageOf(cause)}`, {
          cause,
        }),
      );
    });
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => resolve());
  });
}

function get(url: string, tls: PeerTls | undefined): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, signal: AbortSignal.timeout(requestTimeoutMs) } as const;
    const onAnswer = (response: IncomingMessage): void => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.once('error', reject);
    };
    const request = tls === undefined ? httpRequest(url, options, onAnswer) : httpsRequest(url, { ...options, ...material(tls) }, onAnswer);
    request.once('error', reject);
    request.end();
  });
}

/** Read each time: certificates may be renewed while a member waits. */
function material(tls: PeerTls): { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer } {
  return { ca: readFileSync(tls.caFile), cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
}
