import { type Clock, systemClock } from '@seamark/common/controller';
import { SeamarkError } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';

/** Options of createEtcdStore. */
export interface EtcdStoreOptions {
  /** `http://HOST:PORT`, `https://HOST:PORT` or `HOST:PORT` (TLS when `caFile` or `certFile` is given). Port 2379 by default. At least one. */
  readonly endpoints: readonly string[];
  /** User of etcd's own authentication. Default: none. Needs `password`. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM file of the certificate authorities that may sign the server's certificate. Default: those of Node. */
  readonly caFile?: string | undefined;
  /** PEM files of the client certificate and its key; both or neither. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Name that the server's certificate must carry, when it is not the host of the endpoint. */
  readonly serverName?: string | undefined;
  /** Accepts any server certificate. Default false. */
  readonly insecureSkipVerify?: boolean | undefined;
  /** Longest wait for a connection to one endpoint before the next is tried, in ms. Default 2000. */
  readonly dialTimeoutMs?: number | undefined;
  /** Overall deadline of a request that has no signal, retries included, in ms. Default 5000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Told of interruptions and of defects of listeners. Default: nobody. */
  readonly logger?: Logger | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Randomness for jitter and for the first endpoint, 0..1. Default Math.random. */
  readonly random?: (() => number) | undefined;
}

/** One endpoint after parsing. */
export interface EtcdEndpoint {
  /** As given, with a scheme; never credentials. */
  readonly url: string;
  /** Host name or address, an IPv6 address without brackets. */
  readonly host: string;
  /** `HOST:PORT` for gRPC. */
  readonly target: string;
  readonly tls: boolean;
}

/** {@link EtcdStoreOptions} with defaults filled in and endpoints parsed. */
export interface CompiledEtcdOptions {
  readonly endpoints: readonly EtcdEndpoint[];
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly serverName: string | undefined;
  readonly insecureSkipVerify: boolean;
  readonly dialTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly logger: Logger | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Fills in defaults. Throws SM_CONFIG_INVALID for what can never work: no endpoint, not a URL, half a pair. */
export function compileEtcdOptions(options: EtcdStoreOptions): CompiledEtcdOptions {
  const tlsByFiles = options.caFile !== undefined || options.certFile !== undefined;
  if (options.endpoints.length === 0) throw invalid('needs at least one endpoint, such as http://127.0.0.1:2379');
  if ((options.certFile === undefined) !== (options.keyFile === undefined))
    throw invalid('needs both a certificate file and a key file, or neither');
  if ((options.username ?? '') === '' && (options.password ?? '') !== '') throw invalid('has a password but no user name');
  return {
    endpoints: options.endpoints.map((endpoint) => parseEndpoint(endpoint, tlsByFiles)),
    credentials:
      options.username === undefined || options.username === ''
        ? undefined
        : { username: options.username, password: options.password ?? '' },
    caFile: options.caFile,
    certFile: options.certFile,
    keyFile: options.keyFile,
    serverName: options.serverName,
    insecureSkipVerify: options.insecureSkipVerify ?? false,
    dialTimeoutMs: options.dialTimeoutMs ?? 2_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 5_000,
    logger: options.logger,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

function parseEndpoint(text: string, tlsByFiles: boolean): EtcdEndpoint {
  const withScheme = text.includes('://') ? text : `${tlsByFiles ? 'https' : 'http'}://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || url.hostname === '' || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw invalid(`endpoint ${JSON.stringify(text)} is not http://HOST:PORT or https://HOST:PORT`);
  if (url.username !== '' || url.password !== '')
    throw invalid('endpoints must not carry credentials; give a user name and a password instead');
  const defaultPort = withScheme.match(/:(\d+)\/?$/)?.[1] ?? '2379';
  const port = url.port === '' ? defaultPort : url.port;
  return {
    url: `${url.protocol}//${url.hostname}:${port}`,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    target: `${url.hostname}:${port}`,
    tls: url.protocol === 'https:',
  };
}

function invalid(message: string): SeamarkError {
  return new SeamarkError('SM_CONFIG_INVALID', `the etcd store ${message}`);
}
