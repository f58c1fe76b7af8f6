import { readFileSync } from 'node:fs';

import { messageOf } from '@seamark/common/errors';

import type { ListenSettings, Position } from '../chain/setup.ts';
import { corefileError } from '../corefile/corefile-error.ts';
import type { StreamLimits } from '../transport/stream-limits.ts';
import type { ClientAuthMode, TlsSettings } from '../transport/tls-settings.ts';
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
  readonly tls?: TlsSettings;
}

/** Directives that answer questions of class CH, or pass them on. */
const chaosDirectives = ['chaos', 'forward'];

/** The listeners that a version needs. Throws SM_COREFILE_INVALID for certificates that cannot be read. */
export function planListeners(version: CorefileVersion): ListenerPlan[] {
  const gathered = new Map<string, { key: ListenerKey; routes: Route[]; settings: ListenSettings; answersChaos: boolean; at: Position }>();
  for (const { keys, listen, parts, chain, handlers, source } of version.blocks) {
    for (const key of keys) {
      for (const listener of listenersOf(key, listen)) {
        const name = formatListenerKey(listener);
        const entry = gathered.get(name) ?? { key: listener, routes: [], settings: {}, answersChaos: false, at: source.at };
        entry.routes.push({ zone: key.zone, chain, handlers });
        // Blocks that share a listener share its settings, as in CoreDNS.
        entry.settings = { ...entry.settings, ...listen };
        entry.answersChaos ||= chaosDirectives.some((directive) => parts.has(directive));
        gathered.set(name, entry);
      }
    }
  }
  return [...gathered].map(([name, { key, routes, settings, answersChaos, at }]) => ({
    key,
    name,
    routes,
    router: new ZoneRouter(routes),
    answersChaos,
    sockets: settings.sockets ?? 1,
    limits: limitsOf(settings),
    ...(settings.tls === undefined || key.scheme === 'dns' ? {} : { tls: readTls(settings.tls, at) }),
  }));
}

function limitsOf({ readTimeoutMs, writeTimeoutMs, idleTimeoutMs, maxTcpQueries }: ListenSettings): StreamLimits {
  return {
    ...(readTimeoutMs === undefined ? {} : { readTimeoutMs }),
    ...(writeTimeoutMs === undefined ? {} : { writeTimeoutMs }),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(maxTcpQueries === undefined ? {} : { maxTcpQueries }),
  };
}

function readTls({ cert, key, clientCa, clientAuth }: NonNullable<ListenSettings['tls']>, at: Position): TlsSettings {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw corefileError(at, `the block's tls needs ${path}, which cannot be read: ${messageOf(error)}`);
    }
  };
  return {
    material: { cert: read(cert), key: read(key), ...(clientCa === undefined ? {} : { clientCa: read(clientCa) }) },
    ...(clientAuth === undefined ? {} : { clientAuth: clientAuth as ClientAuthMode }),
  };
}
