import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import type { SecureContextOptions } from 'node:tls';

import { maxMessageOctets } from '../../wire/limits.ts';
import { type Exchange, ExchangeError, type Question } from './exchange.ts';
import { socketErrorText, timeoutTexts } from './failure-text.ts';
import { tlsProblem } from './tls-problem.ts';
import type { ExchangeOptions } from './udp-exchange.ts';
import { formatHostPort } from './upstream-address.ts';

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
        reject(new ExchangeError('closed_early', this.text('EOF')));
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
        fail(new ExchangeError('timeout', this.text(timeoutTexts.handshake)));
        this.drop(session);
      });
      this.waiting.add(fail);
      stream.on('response', (headers) => {
        const status = headers[':status'];
        if (status !== 200) fail(new ExchangeError('network', this.text(`HTTP status ${status ?? 'none'}`)));
      });
      stream.on('data', (chunk: Buffer) => {
        octets += chunk.length;
        if (octets > maxMessageOctets)
          fail(new ExchangeError('not_an_answer', this.text('the answer is longer than a DNS message can be')));
        else chunks.push(chunk);
      });
      stream.on('end', () => {
        if (ended) return;
        const answer = question.accept(Buffer.concat(chunks));
        if (answer === undefined) fail(new ExchangeError('not_an_answer', this.text('the answer is not one to the question')));
        else if (end()) resolve(answer);
      });
      const lost = (error?: Error): void => {
        this.drop(session);
        fail(this.failureOf(error, reused));
      };
      // Streams of a session that fails say only that they were cancelled.
      stream.on('error', (error) => lost(error.cause instanceof Error ? error.cause : error));
      stream.on('close', () => lost());
      stream.end(this.options.method === 'POST' ? query : undefined);
    });
  }

  close(): void {
    this.stopped = true;
    for (const fail of this.waiting) fail(new ExchangeError('aborted', 'the forwarder has stopped'));
    this.idle?.[Symbol.dispose]();
    if (this.session !== undefined) this.drop(this.session);
  }

  private failureOf(error: Error | undefined, reused: boolean): ExchangeError {
    const failure = reused ? 'closed_early' : 'network';
    if (error === undefined) return new ExchangeError(failure, this.text('EOF'));
    const problem = tlsProblem(error, this.options.secure.ca !== undefined);
    if (problem !== undefined) return new ExchangeError('tls', this.text(problem.text), error, problem.remedy);
    const { host, port } = this.options;
    const isSystem = (error as NodeJS.ErrnoException).syscall !== undefined;
    const text = isSystem ? socketErrorText(error, { network: 'tcp', local: undefined, host, port }) : error.message;
    return new ExchangeError(failure, this.text(text), error);
  }

  /** As Go's HTTP client begins its errors. */
  private text(problem: string): string {
    const { host, port, method } = this.options;
    return `${method === 'POST' ? 'Post' : 'Get'} "https://${formatHostPort(host, port)}${defaultPath}": ${problem}`;
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
    const session = connect(`https://${formatHostPort(host, port)}`, {
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
