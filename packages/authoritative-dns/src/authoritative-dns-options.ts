import type { Logger } from '@seamark/common/observability';
import type { ReasonStream } from '@seamark/common/reasons';
import type { KvStore } from '@seamark/kv-store-client';

import type { MetricRegistry } from './metrics/metric-registry.ts';
import type { ServerCookiesOptions } from './respond/cookies/server-cookies.ts';
import type { EngineName } from './transport/choose-engine.ts';
import type { NameServerOption, SoaOptions, ZonesOption } from './zone/zone-options.ts';

/** Options of {@link createAuthoritativeDns}. */
export interface AuthoritativeDnsOptions {
  /** Where the records are; the caller closes it. */
  readonly store: KvStore;
  /** Prefix of their keys. Default `/skydns`. */
  readonly prefix?: string;
  /** Zones answered for; questions outside are REFUSED. Default `auto`: a zone for each stored name's last two labels. */
  readonly zones?: ZonesOption;
  /**
   * Where to listen, UDP and TCP each: `127.0.0.1:1053`, `[::1]:1053`; port 0 = a port that both have free. An empty list opens no
   * socket. Answers leave from the address of the socket, so a host with several addresses lists each instead of `0.0.0.0`.
   * Default `['127.0.0.1:1053']`.
   */
  readonly listen?: readonly string[];
  /** What receives and answers. Default: native threads where they can be had. See `chooseEngine`. */
  readonly engine?: EngineName;
  /** Native threads for each address, with a socket each. Default 1. */
  readonly threads?: number;
  readonly soa?: SoaOptions;
  /** NS of every zone. Default: `ns1` below the zone, at the addresses where others reach `listen`; see `reachableAddresses`. */
  readonly nameServers?: readonly NameServerOption[];
  /** TCP: a connection that completes no query for so long is closed. Default 10,000 ms. */
  readonly tcpIdleTimeoutMs?: number;
  /** TCP: connections at one time and address. Default 1000. */
  readonly tcpMaxConnections?: number;
  /** TCP: the same for one client, an IPv4 address or the /64 of an IPv6 address. Default 200. */
  readonly tcpMaxConnectionsPerClient?: number;
  /** DNS cookies (RFC 7873). Default: with a random secret, which only this server knows. */
  readonly cookies?: ServerCookiesOptions;
  /** Takes STORED_VALUE_UNREADABLE of each key of which something cannot be served (object `Key <key>`). */
  readonly reasons?: ReasonStream;
  /** Default: silent. */
  readonly logger?: Logger;
  /** A prom-client Registry that gets the metrics; one server per registry. */
  readonly metrics?: MetricRegistry;
  /** Ends everything, like `stop`. */
  readonly signal?: AbortSignal;
}
