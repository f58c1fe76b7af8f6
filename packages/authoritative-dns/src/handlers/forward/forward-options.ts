import type { SecureContextOptions } from 'node:tls';

import type { HealthCheckOptions } from './health-check.ts';
import type { Policy } from './policy.ts';
import type { UpstreamAddress } from './upstream-address.ts';

/** What one `forward` line says. */
export interface ForwardOptions {
  /** Zone whose questions are forwarded, lower-case with the final dot. */
  readonly from: string;
  readonly to: readonly UpstreamAddress[];
  /** Zones below `from` whose questions are not. */
  readonly except: readonly string[];
  readonly forceTcp: boolean;
  readonly preferUdp: boolean;
  readonly expireMs: number;
  readonly maxIdleConnections: number;
  readonly readTimeoutMs: number;
  /** Attempts per question; 0: twice the number of upstreams. */
  readonly maxConnectAttempts: number;
  /** Questions at a time; further ones get REFUSED. */
  readonly maxConcurrent: number;
  readonly policy: Policy;
  readonly health: HealthCheckOptions;
  /** Answers with these codes make the next `forward` line be asked. */
  readonly nextCodes: readonly number[];
  readonly nextOnNodata: boolean;
  /** Answers with these codes make the next upstream be asked. */
  readonly failoverCodes: readonly number[];
  readonly failfast: boolean;
  /** Read for the sake of older Corefiles; 0 = none. */
  readonly maxAgeMs: number;
  readonly tls: SecureContextOptions;
  readonly tlsServerName: string | undefined;
  readonly sourceAddress: string | undefined;
  /** Servers (`ADDRESS:PORT`) that find the addresses of upstreams given by name; none: those of the system. */
  readonly resolvers: readonly string[];
  readonly dohMethod: 'GET' | 'POST';
}

/** Most upstreams of one line. */
export const maxUpstreams = 15;

/** Questions at a time when the Corefile sets no limit, and when it says 0: each takes a socket. */
export const defaultMaxConcurrent = 10_000;

/** Time for one question, whatever is tried. */
export const questionTimeoutMs = 5000;

/** What holds for a line without braces. */
export const defaultForwardOptions = {
  except: [],
  forceTcp: false,
  preferUdp: false,
  expireMs: 10_000,
  maxIdleConnections: 0,
  readTimeoutMs: 2000,
  maxConnectAttempts: 0,
  maxConcurrent: defaultMaxConcurrent,
  policy: 'random',
  health: { intervalMs: 500, recursionDesired: true, domain: '.', maxFails: 2 },
  nextCodes: [],
  nextOnNodata: false,
  failoverCodes: [],
  failfast: false,
  maxAgeMs: 0,
  tls: { minVersion: 'TLSv1.2' },
  tlsServerName: undefined,
  sourceAddress: undefined,
  resolvers: [],
  dohMethod: 'POST',
} satisfies Omit<ForwardOptions, 'from' | 'to'>;
