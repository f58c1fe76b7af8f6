import type { Agent, Dispatcher } from 'undici';
import { SeamarkError } from '../../errors/index.ts';
import type { RequestCredentials } from './credentials.ts';
import type { ClusterAccess } from './kubeconfig.ts';

/** One HTTP exchange with the API server. */
export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query under the server's URL. */
  readonly path: string;
  readonly accept?: string | undefined;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
  readonly signal: AbortSignal;
  readonly lane: Lane;
}

/**
 * Which connections are used: the shared ones of requests; one of its own for each watch, which stays open; or the one that is kept
 * for leases, so that a renewal never waits behind a thousand status writes.
 */
export type Lane = 'request' | 'watch' | 'lease';

/** The answer's head; the body is read by the caller, always. */
export type Answer = Dispatcher.ResponseData;

/** Connections to one API server, kept open and reused; remade when the TLS material changes. */
export interface Connection {
  exchange(exchange: Exchange, credentials: RequestCredentials): Promise<Answer>;
  /** Ends every watch; requests stay possible. */
  closeStreams(): void;
}

type Pools = Readonly<Record<Lane, Dispatcher>> & { readonly key: string };

const lanes = ['request', 'watch', 'lease'] as const;

/** Options of {@link createConnection}. */
export interface ConnectionOptions {
  readonly access: ClusterAccess;
  /** Connections for requests; more requests wait for a free one. Default 16. */
  readonly maxConnections?: number | undefined;
}

/** Time until an unused connection is closed: below the 90 s after which the API server closes it. */
const keepAliveMs = 60_000;
const connectTimeoutMs = 5_000;

/** Creates a {@link Connection}; nothing is opened, nor undici loaded, before the first exchange. */
export function createConnection(options: ConnectionOptions): Connection {
  const url = new URL(options.access.cluster.server);
  const prefix = url.pathname.replace(/\/$/, '');
  let pools: Pools | undefined;

  const poolsFor = async ({ tls }: RequestCredentials): Promise<Pools> => {
    if (pools?.key === tls.key) return pools;
    const undici = await import('undici');
    // A concurrent exchange may have made them during the import.
    if (pools?.key === tls.key) return pools;
    const secure = {
      ca: tls.ca,
      cert: tls.cert,
      key: tls.privateKey,
      rejectUnauthorized: tls.rejectUnauthorized,
      ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    };
    const make = (connections: number | null): Dispatcher => {
      const shared: Agent.Options = {
        connections,
        pipelining: 1,
        // Over HTTP/2 all lanes would share what the API server allows one connection, one reset would take down every watch, and undici 8
        // leaves requests unanswered after a reset and throws where nobody can catch it when a pool is destroyed under load.
        allowH2: false,
        keepAliveTimeout: keepAliveMs,
        keepAliveMaxTimeout: keepAliveMs,
        connect: { ...secure, timeout: connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: 15_000 },
      };
      const proxy = options.access.cluster.proxyUrl;
      if (!proxy) return new undici.Agent(shared);
      if (!/^https?:/.test(proxy))
        throw new SeamarkError(
          'SM_KUBECONFIG_INVALID',
          `${options.access.origin}: proxy-url ${proxy} is not supported; use an http or https proxy`,
        );
      return new undici.ProxyAgent({ ...shared, uri: proxy, requestTls: secure });
    };
    const old = pools;
    pools = { key: tls.key, request: make(options.maxConnections ?? 16), watch: make(null), lease: make(1) };
    // Requests and watches that run on the old certificates may end in peace.
    for (const lane of lanes) void old?.[lane].close();
    return pools;
  };

  return {
    async exchange(exchange, credentials) {
      const lane = (await poolsFor(credentials))[exchange.lane];
      const headers: Record<string, string | string[]> = {
        accept: exchange.accept ?? 'application/json',
        'user-agent': 'seamark',
        ...credentials.headers,
      };
      if (exchange.contentType !== undefined) headers['content-type'] = exchange.contentType;
      return lane.request({
        origin: url.origin,
        path: prefix + exchange.path,
        method: exchange.method,
        headers,
        body: exchange.body ?? null,
        signal: exchange.signal,
        // Deadlines are the caller's: undici's timers are coarse, and a watch is silent for long.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
    },
    closeStreams() {
      // Only what is open ends: the key no longer matches, so that a later exchange makes new pools.
      const old = pools;
      pools = undefined;
      void old?.watch.destroy();
      void old?.request.close();
      void old?.lease.close();
    },
  };
}
