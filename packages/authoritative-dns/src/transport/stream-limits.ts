/** Limits of servers on streams. */
export interface StreamLimits {
  /** A connection without a query in work is closed after so long (RFC 7766 6.2.3). Default 10,000 ms. */
  readonly idleTimeoutMs?: number;
  /** A query that has begun to come in must be complete after so long; octets alone do not count. Default: as `idleTimeoutMs`. */
  readonly readTimeoutMs?: number;
  /** A client that takes none of the answers that wait for it is given up after so long. Default 10,000 ms. */
  readonly writeTimeoutMs?: number;
  /** Connections at one time; a further one takes the place of that which is idle longest, or is refused. Default 1000. */
  readonly maxConnections?: number;
  /** The same for one client: an IPv4 address, or the /64 of an IPv6 address. Default 200. */
  readonly maxConnectionsPerClient?: number;
  /** Queries of one connection, which is closed when they are answered. Default: no limit. */
  readonly maxTcpQueries?: number;
  /** Queries of one connection that wait for a handler at one time; above it no further one is read. Default 128. */
  readonly maxInFlight?: number;
}

/** {@link StreamLimits} with the defaults filled in. */
export type ResolvedStreamLimits = Required<StreamLimits>;

/** Fills in the defaults. */
export function resolveStreamLimits(limits: StreamLimits): ResolvedStreamLimits {
  const idleTimeoutMs = limits.idleTimeoutMs ?? 10_000;
  return {
    idleTimeoutMs,
    readTimeoutMs: limits.readTimeoutMs ?? idleTimeoutMs,
    writeTimeoutMs: limits.writeTimeoutMs ?? 10_000,
    maxConnections: limits.maxConnections ?? 1000,
    maxConnectionsPerClient: limits.maxConnectionsPerClient ?? 200,
    maxTcpQueries: limits.maxTcpQueries ?? Number.POSITIVE_INFINITY,
    maxInFlight: limits.maxInFlight ?? 128,
  };
}
