import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import type { SecureContextOptions } from 'node:tls';

import { maxMessageOctets } from '../../wire/limits.ts';
import { type Exchange, ExchangeError, type Question } from './exchange.ts';
import type { ExchangeOptions } from './udp-exchange.ts';

/** Path of the DNS resource that servers have by default (RFC 8484 4.1.1 leaves it open). */
const defaultPath = '/dns-query';

/** How a {@link HttpsExchange} speaks. */
export interface HttpsExchangeOptions extends ExchangeOptions {
  readonly method: 'GET' | 'POST';
  readonly serverName: string | undefined;
  readonly secure: SecureContextOptions;
  readonly expireMs: number;
}

/** Asks over DNS over HTTPS (RFC 8484), by HTTP/2, over one connection that is kept for later questions. */
export class HttpsExchange implements Exchange {
  readonly kind = 'https';
  private readonly options: HttpsExchangeOptions;
  private readonly waiting = new Set<(error: ExchangeError) => void>();
  private session: ClientHttp2Session | undefined;
  private idle: Disposable | undefined;
  private stopped = false;

  constructor(options: HttpsExchangeOptions) {
    this.options = options;
  }

  ask<Answer>(question: Question<Answer>, timeoutMs: number): Promise<Answer> {
    if (this.stopped) return Promise.reject(new ExchangeError('aborted', 'the forwarder has stopped'));
    this.idle?.[Symbol.dispose]();
    const reused = this.session !== undefined;
    const counts = question.isCheck === true ? undefined : this.options.counts;
    if (reused) counts?.hit('https');
    else counts?.miss('https');
    const session = (this.session ??= this.openSession());
    const query = question.write(0); // RFC 8484 4.1: the same question is the same request
    return new Promise((resolve, reject) => {
      const stream = openStream(session, this.headers(query));
      if (stream === undefined) {
        this.drop(session);
        reject(new ExchangeError('closed_early', 'the upstream closed the connection'));
        return;
      }
      const chunks: Buffer[] = [];
      let octets = 0;
      let ended = false;
      const end = (): boolean => {
        if (ended) return false;
        ended = true;
        timer[Symbol.dispose]();
        this.waiting.delete(fail);
        if (this.waiting.size === 0) this.idle = this.options.clock.schedule(this.options.expireMs, () => this.drop(session));
        return true;
      };
      const fail = (error: ExchangeError): void => {
        if (!end()) return;
        stream.close();
        reject(error);
      };
      const timer = this.options.clock.schedule(timeoutMs, () => {
        fail(new ExchangeError('timeout', `no answer within ${Math.ceil(timeoutMs)} ms`));
        this.drop(session);
      });
      this.waiting.add(fail);
      stream.on('response', (headers) => {
        const status = headers[':status'];
        if (status !== 200) fail(new ExchangeError('network', `the upstream answers with HTTP status ${status ?? 'none'}`));
      });
      stream.on('data', (chunk: Buffer) => {
        octets += chunk.length;
        if (octets > maxMessageOctets) fail(new ExchangeError('not_an_answer', 'the upstream sends more than a DNS message can hold'));
        else chunks.push(chunk);
      });
      stream.on('end', () => {
        if (ended) return;
        const answer = question.accept(Buffer.concat(chunks));
        if (answer === undefined) fail(new ExchangeError('not_an_answer', 'the upstream answered another question'));
        else if (end()) resolve(answer);
      });
      const lost = (message: string, cause?: unknown): void => {
        this.drop(session);
        fail(new ExchangeError(reused ? 'closed_early' : 'network', message, cause));
      };
      stream.on('error', (error) => lost(error.message, error));
      stream.on('close', () => lost('the upstream closed the connection'));
      stream.end(this.options.method === 'POST' ? query : undefined);
    });
  }

  close(): void {
    this.stopped = true;
    for (const fail of this.waiting) fail(new ExchangeError('aborted', 'the forwarder has stopped'));
    this.idle?.[Symbol.dispose]();
    if (this.session !== undefined) this.drop(this.session);
  }

  private headers(query: Uint8Array): OutgoingHttpHeaders {
    const common = { accept: 'application/dns-message', ':method': this.options.method };
    if (this.options.method === 'GET') {
      return { ...common, ':path': `${defaultPath}?dns=${Buffer.from(query).toString('base64url')}` };
    }
    return { ...common, ':path': defaultPath, 'content-type': 'application/dns-message', 'content-length': query.length };
  }

  private openSession(): ClientHttp2Session {
    const { host, port, serverName, secure, sourceAddress } = this.options;
    const session = connect(`https://${host.includes(':') ? `[${host}]` : host}:${port}`, {
      ...secure,
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(sourceAddress === undefined ? {} : { localAddress: sourceAddress }),
    });
    // Its streams end with the same error and say it; without a listener it would end the process.
    session.on('error', () => this.drop(session));
    session.on('goaway', () => this.drop(session));
    session.on('close', () => this.drop(session));
    return session;
  }

  /** Later questions open another connection; those that wait on this one may still be answered when it ends in order. */
  private drop(session: ClientHttp2Session): void {
    if (this.session !== session) return;
    this.session = undefined;
    if (this.waiting.size === 0 || session.destroyed) session.destroy();
    else session.close();
  }
}

/** `undefined` when the session has ended in the meantime, which Node says by throwing. */
function openStream(session: ClientHttp2Session, headers: OutgoingHttpHeaders): ClientHttp2Stream | undefined {
  try {
    return session.request(headers);
  } catch {
    return undefined;
  }
}
