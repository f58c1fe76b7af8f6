import { Resolver } from 'node:dns/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

import type { Clock } from '@seamark/common/controller';
import { messageOf } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';

import type { Position } from '../../chain/setup.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { ExchangeError, type ExchangeKind, type RandomBelow } from './exchange.ts';
import type { ForwardMetrics } from './forward-metrics.ts';
import { type ForwardOptions, maxUpstreams } from './forward-options.ts';
import { HealthCheck } from './health-check.ts';
import { HttpsExchange } from './https-exchange.ts';
import { StreamExchange } from './stream-exchange.ts';
import { UdpExchange } from './udp-exchange.ts';
import { formatUpstream, type UpstreamAddress } from './upstream-address.ts';
import { Upstream } from './upstream.ts';

/** What upstreams need of the process. */
export interface UpstreamParts {
  readonly clock: Clock;
  readonly random: RandomBelow;
  readonly metrics: ForwardMetrics;
  readonly logger: Logger;
}

/**
 * The upstreams of one line, ready to be asked: names looked up. Nothing is connected before the first question. Throws
 * SM_COREFILE_INVALID for names that cannot be found.
 */
export async function openUpstreams(options: ForwardOptions, at: Position, parts: UpstreamParts, signal: AbortSignal): Promise<Upstream[]> {
  const addresses: UpstreamAddress[] = [];
  for (const address of options.to) {
    addresses.push(...(address.isName ? await lookUp(address, options, at, signal) : [address]));
  }
  const secure = options.tls;
  return addresses.slice(0, maxUpstreams).map((address) => createUpstream(address, options, secure, parts));
}

function createUpstream(
  address: UpstreamAddress,
  options: ForwardOptions,
  secure: SecureContextOptions,
  { clock, random, metrics, logger }: UpstreamParts,
): Upstream {
  const to = formatUpstream(address);
  const counts = {
    hit: (kind: ExchangeKind) => metrics.connectionKept(to, kind),
    miss: (kind: ExchangeKind) => metrics.connectionMade(to, kind),
  };
  const { host, port, scheme } = address;
  const serverName = address.serverName ?? options.tlsServerName;
  const common = { host, port, sourceAddress: options.sourceAddress, clock, random, counts, expireMs: options.expireMs };
  const stream =
    scheme === 'https'
      ? new HttpsExchange({ ...common, method: options.dohMethod, serverName, secure })
      : new StreamExchange({
          ...common,
          maxIdleConnections: options.maxIdleConnections,
          ...(scheme === 'tls' ? { tls: { context: createSecureContext(secure), serverName, ownCa: secure.ca !== undefined } } : {}),
        });
  const datagram = scheme === 'dns' ? new UdpExchange(common) : undefined;
  const checkedBy = options.forceTcp || datagram === undefined ? stream : datagram;
  return new Upstream({
    address: to,
    datagram,
    stream,
    clock,
    health: new HealthCheck(options.health, checkedBy, clock, {
      failed: () => metrics.healthCheckFailed(to),
      down: (error) => {
        const what = error instanceof ExchangeError && error.failure === 'tls' ? 'cannot be used' : 'does not answer';
        const problem = error instanceof ExchangeError ? (error.remedy ?? error.message) : messageOf(error);
        logger.warn(`an upstream ${what} and is left alone`, { upstream: to, zone: options.from, problem });
      },
      up: () => logger.info('an upstream answers again', { upstream: to, zone: options.from }),
    }),
    answered: (responseCode, seconds) => metrics.answered(to, responseCode, seconds),
  });
}

async function lookUp(
  address: UpstreamAddress,
  { resolvers, tlsServerName }: ForwardOptions,
  at: Position,
  signal: AbortSignal,
): Promise<UpstreamAddress[]> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  if (resolvers.length > 0) resolver.setServers([...resolvers]);
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(address.host), resolver.resolve6(address.host)]);
    const hosts = [ipv4, ipv6].flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    if (hosts.length === 0) {
      const problem = ipv4.status === 'rejected' ? messageOf(ipv4.reason) : 'it has no addresses';
      throw corefileError(
        at,
        `the upstream ${address.host} cannot be found: ${problem}`,
        'Write its IP address, or say with "resolver" who knows it.',
      );
    }
    // Unless told otherwise, the name that was looked up is the one that the certificate is for.
    return hosts.map((host) => ({ ...address, host, isName: false, serverName: address.serverName ?? tlsServerName ?? address.host }));
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
