import { setTimeout as delay } from 'node:timers/promises';

import type { Component } from '@seamark/common/controller';
import { messageOf, SeamarkError } from '@seamark/common/errors';
import { createMetrics, type Logger, silentLogger } from '@seamark/common/observability';
import type { ReasonStream } from '@seamark/common/reasons';

import type { Next } from '../chain/handler.ts';
import { emptyResponse } from '../chain/response.ts';
import { formatPosition } from '../corefile/corefile-error.ts';
import { parseCorefile } from '../corefile/parser.ts';
import { readText } from '../corefile/read-text.ts';
import { ListenerCounters } from '../metrics/listener-counters.ts';
import { type MetricRegistry, registerCollected } from '../metrics/metric-registry.ts';
import { packageVersion } from '../package-version.ts';
import { ownCookieSettings } from '../respond/cookies/server-cookies.ts';
import { FaultLog } from '../respond/fault-log.ts';
import { chooseEngine, type EngineName } from '../transport/choose-engine.ts';
import type { ListenAddress } from '../transport/listen-address.ts';
import { responseCodes } from '../wire/protocol-codes.ts';
import type { CorefileVersion } from './corefile-version.ts';
import { filesDigest } from './files-digest.ts';
import { HttpEndpointPool } from './http-endpoint-pool.ts';
import type { ListenerContext } from './listener.ts';
import { type ListenerPlan, planListeners } from './listener-plan.ts';
import { ListenerSet } from './listener-set.ts';
import { loadCorefile } from './load-corefile.ts';
import { readCorefile } from './read-corefile.ts';
import { serverMetrics } from './server-metrics.ts';
import { provideServices, type ServerServices } from './server-services.ts';
import { tellMistakes } from './tell-mistakes.ts';
import { VersionLifecycle } from './version-lifecycle.ts';

/** Options of {@link createCorefileServer}. */
export interface CorefileServerOptions {
  /** Path of the Corefile. */
  readonly file: string;
  /** What the Corefile says, when it is not to be read from `file`; it is then the same at each reload. */
  readonly text?: string;
  /** Port of blocks of plain DNS that name none. Default 53. */
  readonly dnsPort?: number;
  /** Default: silent. */
  readonly logger?: Logger;
  readonly reasons?: ReasonStream;
  /** A prom-client Registry that gets the metrics, which the directive prometheus serves. Default: one of its own. */
  readonly metrics?: MetricRegistry;
  /** What receives and answers. Default: native threads where they can be had. See `chooseEngine`. */
  readonly engine?: EngineName;
  /** Told of an error that can be found out only while the server answers and ought to end it (`loop`). Default: it is logged. */
  readonly fail?: (error: SeamarkError) => void;
  /** How long a reloaded version may take to be ready while the one before goes on. Default 60,000 ms. */
  readonly readyTimeoutMs?: number;
}

/** A server as a Corefile describes it. See {@link createCorefileServer}. */
export interface CorefileServer extends Component {
  /**
   * Reads the Corefile anew and takes it into use; true when that went well. One that is still waited for from the call before is given
   * up for it. Never throws.
   */
  reload(): Promise<boolean>;
  /** What it still waits for, in words; empty = every directive is ready. */
  notReady(): readonly string[];
  addresses(): { readonly udp: readonly ListenAddress[]; readonly tcp: readonly ListenAddress[] };
}

/** Questions that a version under way may take to end after the next one answers. */
const drainMs = 5000;

const readyTimeoutMs = 60_000;

interface Running {
  readonly version: CorefileVersion;
  readonly lifecycle: VersionLifecycle;
  readonly plans: readonly ListenerPlan[];
  /** What its directives share; tells versions apart. */
  readonly shared: ReadonlyMap<string, unknown>;
}

/**
 * Creates a server of a Corefile. `start` reads it, opens the sockets, and starts what the directives need; until that is done,
 * questions get SERVFAIL. A reload starts the new version beside the old one, waits until it is ready, and then swaps what stands
 * behind the sockets: no question is lost. A Corefile that cannot be used changes nothing.
 *
 * `start` throws SM_COREFILE_INVALID (the only mistake, or the first when all have been logged), SM_CONFIG_UNREADABLE, SM_LISTEN_FAILED.
 */
export function createCorefileServer(options: CorefileServerOptions): CorefileServer {
  const logger = (options.logger ?? silentLogger).child('authoritative-dns');
  const metrics = options.metrics ?? createMetrics({ version: packageVersion, component: 'authoritative-dns' });
  const faults = new FaultLog(logger);
  const endpoints = new HttpEndpointPool();
  const halt = new AbortController();
  const counters = new Map<string, ListenerCounters>();
  let running: Running | undefined;
  let isReady = false;
  let isLeaving = false;
  let failedReloads = 0;
  let registration: Disposable | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = new AbortController();

  const context: ListenerContext = {
    cookies: ownCookieSettings(),
    faults,
    isReady: () => isReady,
    engine: chooseEngine(options.engine, logger),
    logger,
    counters(server, protocol, family) {
      const key = `${server} ${protocol} ${family}`;
      const found = counters.get(key) ?? new ListenerCounters(server, protocol, family);
      counters.set(key, found);
      return found;
    },
  };
  const listeners = new ListenerSet(context);
  const services: Omit<ServerServices, 'isActive'> = {
    endpoints,
    isLeaving: () => isLeaving,
    metricsText: async () => ({ contentType: metrics.contentType, body: await metrics.metrics() }),
    reload: async () => void (await reload()),
    giveUpReload: () => waiting.abort('the Corefile is again the one in use'),
    digest: () => running?.version.digest ?? '',
    digestNow: () => (options.text === undefined ? digestNow(options.file) : undefined),
  };

  const load = (): Running => {
    const text = options.text ?? readCorefile(options.file);
    const shared = new Map<string, unknown>();
    provideServices(shared, { ...services, isActive: () => running?.shared === shared });
    const routers = new Map<string, Next>();
    const result = loadCorefile(text, {
      ...options,
      logger,
      metrics,
      shared,
      askServer: (server) => (request) => routers.get(server)?.(request) ?? emptyResponse('', responseCodes.REFUSED),
      warn: (message, at) => logger.warn(`${formatPosition(at)}: ${message}`),
    });
    if (!result.ok) throw tellMistakes(result.problems, options.file, logger);
    const plans = planListeners(result.version);
    for (const { name, router } of plans) routers.set(name, router.ask);
    return { version: result.version, lifecycle: new VersionLifecycle(result.version), plans, shared };
  };

  const startParts = async (lifecycle: VersionLifecycle, signal: AbortSignal): Promise<void> => {
    const [first, ...others] = await lifecycle.start(signal);
    if (first !== undefined) throw tellMistakes([first, ...others], options.file, logger);
  };

  const reload = (): Promise<boolean> => {
    waiting.abort('there is a newer one');
    const own = (waiting = new AbortController());
    const mine = turn.then(async () => {
      const before = running;
      if (before === undefined || halt.signal.aborted || own.signal.aborted) return false;
      const signal = AbortSignal.any([halt.signal, own.signal]);
      let next: Running | undefined;
      try {
        next = load();
        await startParts(next.lifecycle, signal);
        const missing = await next.lifecycle.waitUntilReady(options.readyTimeoutMs ?? readyTimeoutMs, signal, (parts) =>
          logger.info(`the changed Corefile is not used before it is ready, the one before goes on; it waits for ${parts.join('; ')}`),
        );
        if (missing.length > 0) throw new SeamarkError('SM_START_FAILED', `it does not become ready: ${missing.join('; ')}`);
        signal.throwIfAborted();
        await listeners.change(next.plans);
      } catch (error) {
        await next?.lifecycle.stop();
        if (own.signal.aborted && !halt.signal.aborted) {
          logger.info(`the changed Corefile that was waited for is given up: ${String(own.signal.reason)}`);
          return false;
        }
        failedReloads++;
        logger.error(`the changed Corefile is not used, the one before goes on: ${messageOf(error)}`, { err: error });
        return false;
      }
      running = next;
      logger.info(`the changed Corefile is in use: ${describe(next.plans)}`);
      await Promise.race([Promise.all(before.plans.map(({ router }) => router.drain())), delay(drainMs, undefined, { ref: false })]);
      await before.lifecycle.stop();
      return true;
    });
    turn = mine.catch(() => undefined);
    return mine;
  };

  const closeAll = async (): Promise<void> => {
    halt.abort();
    await listeners.close();
    await turn;
    await running?.lifecycle.stop();
    registration?.[Symbol.dispose]();
    registration = undefined;
  };

  return {
    name: 'authoritative-dns',
    async start(signal) {
      if (running !== undefined || halt.signal.aborted) {
        throw new SeamarkError('SM_START_FAILED', 'authoritative-dns was started twice, or after its end');
      }
      const first = load();
      running = first;
      registration = registerCollected(
        metrics,
        serverMetrics({
          counters: () => [...counters.values()],
          version: () => running?.version,
          faults: () => faults.count,
          failedReloads: () => failedReloads,
          build: { version: packageVersion },
        }),
      );
      try {
        await listeners.change(first.plans);
        await startParts(first.lifecycle, AbortSignal.any([signal, halt.signal]));
      } catch (error) {
        await closeAll();
        throw error;
      }
      isReady = true;
      listeners.compile();
      logger.info(`answering on ${describe(first.plans)}`);
    },
    async stop() {
      const lameDuckMs = Math.max(0, ...lameDucksOf(running?.version));
      if (isReady && lameDuckMs > 0 && !isLeaving) {
        isLeaving = true;
        logger.info(`going on for ${lameDuckMs / 1000} s without being ready, then stopping`);
        await delay(lameDuckMs, undefined, { signal: halt.signal }).catch(() => undefined);
      }
      isLeaving = true;
      await closeAll();
    },
    reload,
    notReady: () => (isLeaving ? ['stopping'] : !isReady ? ['starting'] : (running?.lifecycle.notReady() ?? [])),
    addresses() {
      const all = listeners.addresses();
      return { udp: all.flatMap(({ udp }) => udp), tcp: all.flatMap(({ tcp }) => tcp) };
    },
  };
}

function describe(plans: readonly ListenerPlan[]): string {
  return plans.length === 0 ? 'nothing, since the Corefile has no server block' : plans.map(({ name }) => name).join(', ');
}

function lameDucksOf(version: CorefileVersion | undefined): number[] {
  return (version?.blocks ?? []).flatMap(({ parts }) => [...parts.values()].map(({ lameDuckMs = 0 }) => lameDuckMs));
}

/** The digest of a Corefile and its imports as they are now; `undefined` while it cannot be read. */
function digestNow(file: string): string | undefined {
  const read = readText(file);
  // Mistakes in it are for the reload to tell.
  return read.ok ? filesDigest(parseCorefile(read.text, { file, onMistake: () => undefined }).files) : undefined;
}
