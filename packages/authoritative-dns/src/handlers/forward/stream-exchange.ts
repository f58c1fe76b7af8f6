import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';

import { type ConnectionCounts, type Exchange, ExchangeError, type Question } from './exchange.ts';
import { maxQuestionsPerConnection, StreamConnection } from './stream-connection.ts';
import type { ExchangeOptions } from './udp-exchange.ts';
import { formatHostPort } from './upstream-address.ts';

/** Connections to one upstream. */
const maxConnections = 16;

/** Questions on every open connection from which on another one is opened: servers that answer in order must not hold all up. */
const busyLoad = 16;

/** How a {@link StreamExchange} keeps its connections. */
export interface StreamExchangeOptions extends ExchangeOptions {
  /** How long a connection without questions stays open. */
  readonly expireMs: number;
  /** Connections without questions that stay open; 0 means any number. */
  readonly maxIdleConnections: number;
  /** Speak TLS. `serverName` is what the certificate must be for; without it, the IP address. */
  readonly tls?: { readonly context: SecureContext; readonly serverName: string | undefined; readonly ownCa: boolean } | undefined;
}

/** Asks over TCP or TLS, over connections that are kept for later questions. */
export class StreamExchange implements Exchange {
  readonly kind: 'tcp' | 'tcp-tls';
  private readonly options: StreamExchangeOptions;
  private readonly connections = new Set<StreamConnection>();
  private readonly idle = new Map<StreamConnection, Disposable>();
  private stopped = false;

  constructor(options: StreamExchangeOptions) {
    this.options = options;
    this.kind = options.tls === undefined ? 'tcp' : 'tcp-tls';
  }

  async ask<Answer>(question: Question<Answer>, timeoutMs: number): Promise<Answer> {
    if (this.stopped) throw new ExchangeError('aborted', 'the forwarder has stopped');
    const connection = this.choose(question.isCheck === true ? undefined : this.options.counts);
    this.idle.get(connection)?.[Symbol.dispose]();
    this.idle.delete(connection);
    return connection.ask(question, timeoutMs);
  }

  close(): void {
    this.stopped = true;
    for (const connection of this.connections) connection.close(new ExchangeError('aborted', 'the forwarder has stopped'));
  }

  private choose(counts: ConnectionCounts | undefined): StreamConnection {
    let best: StreamConnection | undefined;
    for (const connection of this.connections) {
      if (connection.isOpen && (best === undefined || connection.load < best.load)) best = connection;
    }
    if ((best === undefined || best.load >= busyLoad) && this.connections.size < maxConnections) {
      counts?.miss(this.kind);
      return this.open();
    }
    if (best === undefined || best.load >= maxQuestionsPerConnection)
      throw new ExchangeError('too_many', `${formatHostPort(this.options.host, this.options.port)}: too many questions wait for it`);
    counts?.hit(this.kind);
    return best;
  }

  private open(): StreamConnection {
    const { host, port, tls, clock, random, expireMs, maxIdleConnections } = this.options;
    const target = { host, port, isTls: tls !== undefined, ownCa: tls?.ownCa === true };
    const connection = new StreamConnection(this.dial(), target, clock, random, {
      idle: (which) => {
        if (maxIdleConnections > 0 && this.idle.size >= maxIdleConnections) {
          which.close(new ExchangeError('aborted', 'not needed'));
        } else {
          this.idle.set(
            which,
            clock.schedule(expireMs, () => which.close(new ExchangeError('aborted', 'not needed'))),
          );
        }
      },
      closed: (which) => {
        this.connections.delete(which);
        this.idle.get(which)?.[Symbol.dispose]();
        this.idle.delete(which);
      },
    });
    this.connections.add(connection);
    return connection;
  }

  private dial(): Socket {
    const { host, port, sourceAddress, tls } = this.options;
    const local = sourceAddress === undefined ? {} : { localAddress: sourceAddress };
    if (tls === undefined) return connectTcp({ host, port, ...local });
    return connectTls({
      host,
      port,
      ...local,
      secureContext: tls.context,
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    });
  }
}
