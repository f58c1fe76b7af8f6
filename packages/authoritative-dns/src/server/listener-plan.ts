import type { ListenSettings } from '../chain/setup.ts';
import type { StreamLimits } from '../transport/stream-limits.ts';
import type { CorefileVersion } from './corefile-version.ts';
import { formatListenerKey, type ListenerKey, listenersOf } from './listener-key.ts';
import { type Route, ZoneRouter } from './zone-router.ts';

/** What one listener of a version is to be. */
export interface ListenerPlan {
  readonly key: ListenerKey;
  /** The label `server`, by which a listener of the next version is known to be the same. */
  readonly name: string;
  /** What the router chooses from. */
  readonly routes: readonly Route[];
  readonly router: ZoneRouter;
  /** Questions of class CH reach the chains. */
  readonly answersChaos: boolean;
  /** Sockets on each address. */
  readonly sockets: number;
  readonly limits: StreamLimits;
  readonly tls?: NonNullable<ListenSettings['tls']>;
  readonly cookies?: NonNullable<ListenSettings['cookies']>;
}

/** Directives that answer questions of class CH, or pass them on. */
const chaosDirectives = ['chaos', 'forward'];

/** The listeners that a version needs. */
export function planListeners(version: CorefileVersion): ListenerPlan[] {
  const gathered = new Map<string, { key: ListenerKey; routes: Route[]; settings: ListenSettings; answersChaos: boolean }>();
  for (const { keys, listen, parts, chain, handlers } of version.blocks) {
    for (const key of keys) {
      for (const listener of listenersOf(key, listen)) {
        const name = formatListenerKey(listener);
        const entry = gathered.get(name) ?? { key: listener, routes: [], settings: {}, answersChaos: false };
        entry.routes.push({ zone: key.zone, chain, handlers });
        // Blocks that share a listener share its settings, as in CoreDNS.
        entry.settings = { ...entry.settings, ...listen };
        entry.answersChaos ||= chaosDirectives.some((directive) => parts.has(directive));
        gathered.set(name, entry);
      }
    }
  }
  return [...gathered].map(([name, { key, routes, settings, answersChaos }]) => ({
    key,
    name,
    routes,
    router: new ZoneRouter(routes),
    answersChaos,
    sockets: settings.sockets ?? 1,
    limits: limitsOf(settings),
    ...(settings.cookies === undefined ? {} : { cookies: settings.cookies }),
    ...(settings.tls === undefined || key.scheme === 'dns' ? {} : { tls: settings.tls }),
  }));
}

function limitsOf(settings: ListenSettings): StreamLimits {
  const { readTimeoutMs, writeTimeoutMs, idleTimeoutMs, maxTcpQueries, maxConnections, maxConnectionsPerClient } = settings;
  return {
    ...(readTimeoutMs === undefined ? {} : { readTimeoutMs }),
    ...(writeTimeoutMs === undefined ? {} : { writeTimeoutMs }),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(maxTcpQueries === undefined ? {} : { maxTcpQueries }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(maxConnectionsPerClient === undefined ? {} : { maxConnectionsPerClient }),
  };
}
