import { type Component, systemClock } from '@seamark/common/controller';
import { messageOf, SeamarkError } from '@seamark/common/errors';
import { silentLogger } from '@seamark/common/observability';
import { createMirror, type Mirror } from '@seamark/kv-store-client';
import { normalizeSkydnsPrefix } from '@seamark/kv-store-client/skydns';

import { combinePolicies, compilableTree, CompiledZones, TreeChanges } from './arena/index.ts';
import { authoritativeChain } from './authoritative-chain.ts';
import type { AuthoritativeDnsOptions } from './authoritative-dns-options.ts';
import { dnsMetrics } from './metrics/dns-metrics.ts';
import { ListenerCounters } from './metrics/listener-counters.ts';
import { registerCollected } from './metrics/metric-registry.ts';
import { ServerCookies } from './respond/cookies/server-cookies.ts';
import { FaultLog } from './respond/fault-log.ts';
import { Pipeline } from './respond/pipeline.ts';
import { reachableAddresses } from './transport/reachable-addresses.ts';
import { ArenaAnswerer } from './transport/arena-answerer.ts';
import { chooseEngine } from './transport/choose-engine.ts';
import { SocketClient } from './transport/client-address.ts';
import { formatListenAddress, type ListenAddress, parseListenAddress } from './transport/listen-address.ts';
import { type Listener, startListener } from './transport/listener.ts';
import { openNativeEngine } from './transport/native-engine.ts';
import { maxMessageOctets } from './wire/limits.ts';
import { createQuery } from './wire/message.ts';
import { decodeMessage } from './wire/message-decoder.ts';
import { encodeMessage } from './wire/message-encoder.ts';
import { classIn } from './wire/protocol-codes.ts';
import { recordTypeCode } from './wire/record-type.ts';
import type { ResourceRecord } from './wire/resource-record.ts';
import { sayOutages } from './say-outages.ts';
import { reportedTo } from './zone/key-problems.ts';
import { sayWithoutAddress } from './zone/name-servers-without-address.ts';
import { LastChange, SkydnsZones } from './zone/skydns/index.ts';

/** Where a server listens, one entry per address of `listen`, with the real ports. */
export interface ServerAddresses {
  readonly udp: readonly ListenAddress[];
  readonly tcp: readonly ListenAddress[];
}

/** What a question is answered with, typed. */
export interface Resolution {
  /** RFC 1035 code: 0 NOERROR, 3 NXDOMAIN, 5 REFUSED (no zone of ours), 2 SERVFAIL (nothing loaded yet). */
  readonly responseCode: number;
  /** The answer section: aliases before what they lead to. Empty with code 0 = the name exists without such records. */
  readonly answers: readonly ResourceRecord[];
}

/** Where a server stands. */
export type AuthoritativeDnsState =
  | { readonly phase: 'idle' }
  /** Listens; until the store has been read once, every question gets SERVFAIL (with EDE 14, Not Ready). */
  | { readonly phase: 'loading' }
  /** Answers. `staleSinceMs` (monotonic ms): the store has not been heard of since then, and the answers are those of then. */
  | { readonly phase: 'serving'; readonly revision: number; readonly staleSinceMs?: number }
  | { readonly phase: 'stopped' };

/** An authoritative server over the records of a store. See {@link createAuthoritativeDns}. */
export interface AuthoritativeDns extends Component {
  state(): AuthoritativeDnsState;
  /** Told after every change of the store or of the connection to it. */
  subscribe(listener: () => void): Disposable;
  /** Resolves once answers include this revision of the store (read-your-writes); rejects when the signal aborts. Only after `start`. */
  reached(revision: number, signal?: AbortSignal): Promise<void>;
  addresses(): ServerAddresses;
  /** The response that a client with this query would get, without a socket; `undefined` = none would be sent. */
  answer(query: Uint8Array, transport?: 'udp' | 'tcp'): Uint8Array | undefined;
  /** Asks the server itself. `type` as people write it (`AAAA`, `TYPE65`). Throws SM_NAME_INVALID; RangeError for no type. */
  resolve(name: string, type: string): Resolution;
}

/**
 * Creates a server; `start` opens its sockets, and resolves when the store's content has been loaded and every answer is the true
 * one. It listens before that, so that a port in use is reported at once and clients get SERVFAIL instead of silence: a resolver
 * then asks another server. Once loaded it goes on answering while the store is away.
 *
 * `start` throws SM_LISTEN_FAILED; creating throws SM_CONFIG_INVALID, SM_NAME_INVALID or SM_ADDRESS_INVALID for options that are none.
 */
export function createAuthoritativeDns(options: AuthoritativeDnsOptions): AuthoritativeDns {
  const logger = (options.logger ?? silentLogger).child('authoritative-dns');
  const prefix = normalizeSkydnsPrefix(options.prefix ?? 'skydns');
  const listen = (options.listen ?? ['127.0.0.1:1053']).map(parseListenAddress);
  const zones = new SkydnsZones({
    prefix,
    mode: 'strict',
    zones: options.zones ?? 'auto',
    ...(options.soa === undefined ? {} : { soa: options.soa }),
    ...(options.nameServers === undefined ? {} : { nameServers: options.nameServers }),
    onProblem: reportedTo(options.reasons),
  });
  zones.addServerAddresses(reachableAddresses(listen.map(({ host }) => host)));
  const changes = new TreeChanges(zones.tree);
  const cookies = new ServerCookies(options.cookies);
  const compiled = listen.length > 0 && chooseEngine(options.engine, logger) === 'netio' ? CompiledZones.open(logger, cookies) : undefined;
  const halt = new AbortController();
  const subscribers = new Set<() => void>();
  let listeners: Listener[] = [];
  let mirror: Mirror | undefined;
  let counters: ListenerCounters[] = [];
  let loaded = false;
  let registration: Disposable | undefined;
  const faults = new FaultLog(logger);
  const pipeline = new Pipeline({
    chain: authoritativeChain(zones),
    isReady: () => loaded,
    cookies,
    faults,
    ...(options.tcpIdleTimeoutMs === undefined ? {} : { idleTimeoutMs: options.tcpIdleTimeoutMs }),
  });
  const message = new Uint8Array(maxMessageOctets);

  const stop = async (): Promise<void> => {
    halt.abort();
    const open = listeners;
    listeners = [];
    await Promise.all(open.map((listener) => listener.close()));
    compiled?.close();
    registration?.[Symbol.dispose]();
    registration = undefined;
  };
  const compile = (): void => {
    const policy = combinePolicies([]);
    const asked = () => ({});
    const serial = { group: zones, now: () => zones.serial };
    const compilable = compilableTree(changes, { by: 'etcd', asked, serial });
    compiled?.load({ sources: [{ zones: compilable, policyOf: () => policy }], asks: [], refusesOthers: true });
  };
  const notify = (): void => {
    changes.published();
    for (const subscriber of subscribers) subscriber();
  };
  const stopBySignal = (): void => void stop();
  options.signal?.addEventListener('abort', stopBySignal, { once: true });

  const open = async (address: ListenAddress): Promise<void> => {
    const server = `dns://${formatListenAddress(address)}`;
    const family = address.family === 'IPv4' ? '1' : '2';
    const udp = new ListenerCounters(server, 'udp', family);
    const tcp = new ListenerCounters(server, 'tcp', family);
    const listener = await startListener({
      address,
      answerer: pipeline,
      counters: { udp, tcp },
      ...(compiled === undefined
        ? {}
        : {
            streamAnswerer: new ArenaAnswerer(compiled.arena, compiled.labels, pipeline),
            engine: openNativeEngine(compiled, udp, options.threads ?? 1),
          }),
      ...(options.tcpIdleTimeoutMs === undefined ? {} : { idleTimeoutMs: options.tcpIdleTimeoutMs }),
      ...(options.tcpMaxConnections === undefined ? {} : { maxConnections: options.tcpMaxConnections }),
      ...(options.tcpMaxConnectionsPerClient === undefined ? {} : { maxConnectionsPerClient: options.tcpMaxConnectionsPerClient }),
    });
    if (halt.signal.aborted) return listener.close();
    listeners.push(listener);
    counters = [...counters, udp, tcp];
  };

  const answer: AuthoritativeDns['answer'] = (query, transport = 'udp') => {
    // Without sockets nothing is asked outside, so the chain never waits.
    const length = pipeline.answer(query, ownClients[transport], message) as number;
    return length === 0 ? undefined : message.slice(0, length);
  };

  const staleSeconds = (startedMs: number): number => {
    const state = mirror?.state();
    if (state?.phase === 'live') return 0;
    return (systemClock.monotonicMs() - (state?.phase === 'stale' ? state.sinceMs : startedMs)) / 1000;
  };

  return {
    name: 'authoritative-dns',
    async start(signal) {
      if (mirror !== undefined || halt.signal.aborted)
        throw new SeamarkError('SM_START_FAILED', 'authoritative-dns was started twice, or after its end');
      const stopAll = AbortSignal.any([signal, halt.signal]);
      try {
        for (const address of listen) await open(address);
      } catch (error) {
        await stop();
        throw error;
      }
      stopAll.throwIfAborted();
      const startedMs = systemClock.monotonicMs();
      if (options.metrics !== undefined)
        registration = registerCollected(
          options.metrics,
          dnsMetrics(
            zones,
            faults,
            () => counters,
            () => staleSeconds(startedMs),
          ),
        );
      // Aborted by `stop`, not by the process's signal: answers stay true until the sockets close.
      const lastChange = new LastChange({ store: options.store, prefix, clock: systemClock, signal: halt.signal });
      mirror = createMirror({
        store: options.store,
        prefix,
        fold: {
          reset(entries, revision) {
            const changedAt = lastChange.among(entries, revision, zones.revision);
            zones.reset(entries, changedAt);
            notify();
            lastChange.findDeletions(changedAt, revision, (at) => {
              zones.changedAt(at);
              notify();
            });
          },
          apply: (batch) => (zones.apply(batch), notify()),
        },
        signal: halt.signal,
        onFoldError: (error) => logger.error('a change of the store could not be applied whole', { err: error }),
        onReadError: (error) => logger.warn(`records cannot be read: ${messageOf(error)}`, { err: error }),
      });
      sayOutages(mirror, 'the store', logger, systemClock);
      mirror.subscribe(notify);
      await Promise.race([mirror.synced, rejectWhenAborted(stopAll)]);
      loaded = true;
      compile();
      notify();
      const { keys, problems } = zones.stats();
      const where = listeners.map(({ udp }) => formatListenAddress(udp.address)).join(', ');
      if (listen.length > 0) sayWithoutAddress(zones.tree, 'give it by the option nameServers', logger);
      logger.info(`answering ${where === '' ? 'without sockets' : `on ${where}`}: ${keys} records, ${problems} keys not served`);
    },
    stop,
    state() {
      if (halt.signal.aborted) return { phase: 'stopped' };
      if (mirror === undefined) return { phase: 'idle' };
      if (!loaded) return { phase: 'loading' };
      const state = mirror.state();
      return state.phase === 'stale'
        ? { phase: 'serving', revision: mirror.revision, staleSinceMs: state.sinceMs }
        : { phase: 'serving', revision: mirror.revision };
    },
    subscribe(listener) {
      subscribers.add(listener);
      return { [Symbol.dispose]: () => void subscribers.delete(listener) };
    },
    async reached(revision, signal) {
      if (mirror === undefined) throw new SeamarkError('SM_START_FAILED', 'authoritative-dns has not been started');
      await mirror.reached(revision, signal);
    },
    addresses: () => ({ udp: listeners.map(({ udp }) => udp.address), tcp: listeners.map(({ tcp }) => tcp.address) }),
    answer,
    resolve(name, type) {
      const code = recordTypeCode(type);
      if (code === undefined) throw new RangeError(`"${type}" is no record type`);
      const response = answer(
        encodeMessage(createQuery({ name: name === '' ? '.' : name, type: code, class: classIn })),
        'tcp',
      ) as Uint8Array;
      const { responseCode, answers } = decodeMessage(response);
      return { responseCode, answers };
    },
  };
}

/** Who asks by {@link AuthoritativeDns.answer}. */
const ownClients = {
  udp: new SocketClient('udp', '127.0.0.1', 0, undefined, 0),
  tcp: new SocketClient('tcp', '127.0.0.1', 0, undefined, 0),
} as const;

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
