import type { CallOptions, Client, ClientDuplexStream, Metadata, MethodDefinition, ServiceClientConstructor } from '@grpc/grpc-js';
import { isSeamarkError, messageOf, SeamarkError } from '@seamark/common/errors';
import { createJitteredBackoff } from '../jittered-backoff.ts';
import { decodeWatchAnswer } from './decode-answers.ts';
import { classifyFailure, type Failure, isGrpcFailure, refusalOf } from './failures.ts';
import { createGrpcHostFactory, describeTls, type EtcdService, type GrpcHost } from './grpc-host.ts';
import type { CompiledEtcdOptions, EtcdEndpoint } from './options.ts';
import { RequestScope } from './request-scope.ts';
import type { WireWatchDuplex, WireWatchRequest } from './wire.ts';

/** How a request is made. */
export interface CallSettings<T = unknown> {
  readonly signal?: AbortSignal | undefined;
  /** True when doing it twice does no harm; else it is tried again only if it was certainly not done. */
  readonly repeatable: boolean;
  /** Reads the answer. Default: proto-loader's way, with 64-bit integers as text and absent messages as null. */
  readonly decode?: (octets: Buffer) => T;
}

/** A raw watch stream, and where it ends. */
export interface OpenedWatch {
  readonly duplex: WireWatchDuplex;
  readonly slot: EndpointSlot;
  /** The connection in use, for {@link EtcdConnection.markFailed}. */
  readonly host: Promise<GrpcHost> | undefined;
}

/** An endpoint with its gRPC host, made when first used. */
export interface EndpointSlot {
  readonly endpoint: EtcdEndpoint;
  host: Promise<GrpcHost> | undefined;
  /** Since when (monotonic) `host` has had no connection; undefined while it has one, or is making its first. */
  failingSinceMs?: number | undefined;
  /** Why it could not be connected to last time: a gRPC channel that joins another's pause after a failure does not know. */
  lastRefusal: string | undefined;
}

type Invoke<T> = (client: Client, metadata: Metadata, options: CallOptions) => { readonly result: Promise<T>; cancel(): void };

/** The streaming method that gRPC makes from the proto files; it has no types. */
type LeaseClient = Client & {
  leaseKeepAlive(metadata: Metadata, options: CallOptions): ClientDuplexStream<object, { readonly TTL: string }>;
};

/** The part of a gRPC channel that dialing needs, with its states as plain numbers. */
interface DialChannel {
  getConnectivityState(tryToConnect: boolean): number;
  watchConnectivityState(state: number, deadline: number, changed: (error?: Error) => void): void;
}

// grpc-js connectivityState; its module is not loaded here.
const ready = 2;
const transientFailure = 3;

/**
 * Requests to etcd over several endpoints: chooses one that works, authenticates, tries again within the overall bound, and maps errors
 * to SM_STORE_*. Nothing happens before the first request.
 */
export class EtcdConnection {
  readonly #options: CompiledEtcdOptions;
  readonly #slots: readonly EndpointSlot[];
  readonly #makeHost;
  readonly #closed = new AbortController();
  readonly #tls: string;
  /** Index of the endpoint that requests go to until it fails. */
  #preferred: number;
  #token: Promise<string | undefined> | undefined;
  #knownRevision = 0;

  constructor(options: CompiledEtcdOptions) {
    this.#options = options;
    this.#slots = options.endpoints.map((endpoint) => ({ endpoint, host: undefined, lastRefusal: undefined }));
    this.#preferred = Math.floor(options.random() * this.#slots.length) % this.#slots.length;
    this.#makeHost = createGrpcHostFactory(options);
    this.#tls = describeTls(options);
  }

  /** Endpoints as text, for people. */
  get description(): string {
    return this.#slots.map((slot) => slot.endpoint.url).join(', ');
  }

  /** Aborted by {@link EtcdConnection.close}. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** The highest revision that the store is known to have had. */
  get knownRevision(): number {
    return this.#knownRevision;
  }

  /** Notes a revision that an answer carried. */
  sawRevision(revision: number): void {
    if (revision > this.#knownRevision) this.#knownRevision = revision;
  }

  /** The store has gone back from `known` to `present`. */
  forgetRevision(known: number, present: number): void {
    if (this.#knownRevision === known) this.#knownRevision = present;
  }

  /** A unary request. */
  unary<T>(service: EtcdService, method: string, request: object, settings: CallSettings<T>): Promise<T> {
    return this.#call(service, settings, unaryInvocation<T>(method, request, settings.decode));
  }

  /** Renews a lease once and resolves with its TTL in seconds (0 = it is gone). */
  keepAlive(id: string, signal: AbortSignal): Promise<number> {
    return this.#call('Lease', { signal, repeatable: true }, (client, metadata, options) => {
      const stream = (client as LeaseClient).leaseKeepAlive(metadata, options);
      const result = new Promise<number>((resolve, reject) => {
        stream.on('error', reject);
        stream.on('end', () => reject(new Error('the stream ended without an answer')));
        stream.on('data', (response) => {
          resolve(Number(response.TTL));
          stream.end();
          stream.cancel();
        });
      });
      stream.write({ ID: id });
      return { result, cancel: () => stream.cancel() };
    });
  }

  /** Opens the raw watch stream at an endpoint that can be reached. Rejects after one round of endpoints; the caller tries again. */
  async openWatch(signal: AbortSignal): Promise<OpenedWatch> {
    using scope = this.#scope({ signal });
    let failure: Failure | undefined;
    for (let attempt = 0; attempt < this.#slots.length; attempt += 1) {
      const slot = this.#slot();
      try {
        const { client, host } = await this.#dial(slot, 'Watch', scope);
        const metadata = await this.#metadata(slot, host, scope);
        // A member that has lost its leader must end the stream instead of going silent.
        metadata.set('hasleader', 'true');
        scope.throwIfEnded();
        return { duplex: watchOver(client, metadata), slot, host: slot.host };
      } catch (error) {
        scope.throwIfEnded();
        failure = this.#classify(error, slot);
        if (failure.kind === 'reauthenticate') this.#token = undefined;
        this.markFailed(slot);
      }
    }
    throw (failure as Failure).error;
  }

  /** Asks one endpoint, without retry, for its version and member id. Rejects when it does not answer in time. */
  async status(slot: EndpointSlot, timeoutMs: number): Promise<{ readonly version: string; readonly memberId: string }> {
    const host = await (slot.host ??= this.#makeHost(slot.endpoint));
    using scope = this.#scope({ signal: AbortSignal.timeout(timeoutMs) });
    // etcd 3.6 says nothing of itself to a stranger once it has users.
    const metadata = await this.#metadata(slot, host, scope);
    const invoke = unaryInvocation<{ version: string; header: { member_id: string } }>('status', {});
    const response = await invoke(host.client('Maintenance'), metadata, { deadline: Date.now() + timeoutMs }).result;
    return { version: response.version, memberId: response.header.member_id };
  }

  /**
   * Makes requests go to the next endpoint. With `host`, also drops that connection: one to a silent peer may hang for minutes, and one
   * with failed TLS has to read its files again.
   */
  markFailed(slot: EndpointSlot, host?: Promise<GrpcHost>): void {
    if (this.#slot() === slot) this.#preferred = (this.#preferred + 1) % this.#slots.length;
    if (host === undefined || slot.host !== host) return;
    slot.host = undefined;
    slot.failingSinceMs = undefined;
    void host.then((made) => made.close()).catch(() => undefined);
  }

  /** Forgets the token, so that the next request authenticates anew. */
  forgetToken(): void {
    this.#token = undefined;
  }

  /** Maps any error of a request or stream at an endpoint. */
  errorOf(error: unknown, slot: EndpointSlot): SeamarkError {
    return this.#classify(error, slot).error;
  }

  /** Ends every request with SM_STORE_CLOSED and closes the connections. */
  close(): void {
    this.#closed.abort();
    for (const slot of this.#slots) void slot.host?.then((host) => host.close()).catch(() => undefined);
  }

  async #call<T>(service: EtcdService, settings: CallSettings, invoke: Invoke<T>): Promise<T> {
    let last: SeamarkError | undefined;
    using scope = this.#scope(settings, () => last);
    const backoff = createJitteredBackoff({ firstMs: 50, maxMs: 1_000, random: this.#options.random });
    const { requestTimeoutMs } = this.#options;
    // With another endpoint to go to, a silent one must not use up all the time. With one, the end of the request comes first, which says more.
    const attemptTimeoutMs = this.#slots.length === 1 ? requestTimeoutMs + 100 : requestTimeoutMs / 2;
    let tlsFailures = 0;
    let reauthentications = 0;
    for (let attempt = 1; ; attempt += 1) {
      scope.throwIfEnded();
      let isSent = false;
      const slot = this.#slot();
      const making = (slot.host ??= this.#makeHost(slot.endpoint));
      try {
        const { client, host } = await this.#dial(slot, service, scope);
        const metadata = await this.#metadata(slot, host, scope);
        scope.throwIfEnded();
        const call = started(() => invoke(client, metadata, { deadline: Date.now() + attemptTimeoutMs }));
        isSent = true;
        return await scope.race(call.result, () => call.cancel());
      } catch (error) {
        const isOpen = isSent && !settings.repeatable;
        if (isOpen && isSeamarkError(error, 'SM_STORE_UNAVAILABLE')) throw openOutcome(error);
        scope.throwIfEnded();
        const failure = this.#classify(error, slot);
        last = failure.error;
        if (failure.kind === 'final') throw failure.error;
        if (failure.kind === 'reauthenticate') {
          this.#token = undefined;
          if ((reauthentications += 1) > 2) throw failure.error;
          continue;
        }
        if (failure.kind === 'unknown' && isOpen) throw openOutcome(failure.error);
        tlsFailures = failure.error.code === 'SM_STORE_TLS' ? tlsFailures + 1 : 0;
        this.markFailed(slot, tlsFailures > 0 ? making : undefined);
        // No certificate gets better within a request.
        if (tlsFailures >= this.#slots.length) throw failure.error;
        if (attempt % this.#slots.length === 0) await scope.race(this.#pause(backoff.next()));
      }
    }
  }

  #slot(): EndpointSlot {
    return this.#slots[this.#preferred] as EndpointSlot;
  }

  /** The client of a service, once connected or known to fail: then the request itself fails at once and says why. */
  async #dial(slot: EndpointSlot, service: EtcdService, scope: RequestScope): Promise<{ client: Client; host: GrpcHost }> {
    const making = (slot.host ??= this.#makeHost(slot.endpoint));
    let host: GrpcHost;
    try {
      host = await scope.race(making);
    } catch (error) {
      if (slot.host === making) slot.host = undefined;
      throw error;
    }
    const client = host.client(service);
    const channel = client.getChannel() as unknown as DialChannel;
    const deadline = Date.now() + this.#options.dialTimeoutMs;
    for (;;) {
      const state = channel.getConnectivityState(true);
      if (state === ready) {
        slot.failingSinceMs = undefined;
        break;
      }
      if (state === transientFailure) {
        // gRPC says so until it is connected, also while an attempt hangs, for minutes if the way to the server is a black hole.
        const nowMs = this.#options.clock.monotonicMs();
        slot.failingSinceMs ??= nowMs;
        if (nowMs < slot.failingSinceMs + this.#options.dialTimeoutMs) break;
        this.markFailed(slot, making);
        throw new SeamarkError(
          'SM_STORE_UNAVAILABLE',
          `etcd at ${slot.endpoint.url} did not connect within ${this.#options.dialTimeoutMs} ms${slot.lastRefusal === undefined ? '' : `: ${slot.lastRefusal}`}`,
        );
      }
      const changed = new Promise<boolean>((resolve) => {
        channel.watchConnectivityState(state, deadline, (error) => resolve(error === undefined));
      });
      if (await scope.race(changed)) continue;
      this.markFailed(slot, making);
      throw new SeamarkError(
        'SM_STORE_UNAVAILABLE',
        `etcd at ${slot.endpoint.url} did not connect within ${this.#options.dialTimeoutMs} ms`,
      );
    }
    return { client, host };
  }

  async #metadata(slot: EndpointSlot, host: GrpcHost, scope: RequestScope): Promise<Metadata> {
    const metadata = host.metadata();
    if (this.#options.credentials === undefined) return metadata;
    if (this.#token === undefined) {
      const asked = (this.#token = this.#authenticate(slot, host));
      asked.catch(() => {
        if (this.#token === asked) this.#token = undefined;
      });
    }
    const token = await scope.race(this.#token);
    if (token !== undefined) metadata.set('token', token);
    return metadata;
  }

  /** Fetches a token. All requests that wait share one try, so it has a deadline of its own. Undefined: etcd has authentication off. */
  async #authenticate(slot: EndpointSlot, host: GrpcHost): Promise<string | undefined> {
    const { username, password } = this.#options.credentials as { username: string; password: string };
    const invoke = unaryInvocation<{ token: string }>('authenticate', { name: username, password });
    try {
      const call = invoke(host.client('Auth'), host.metadata(), { deadline: Date.now() + this.#options.requestTimeoutMs / 2 });
      return (await call.result).token;
    } catch (error) {
      if (isGrpcFailure(error) && error.details.includes('authentication is not enabled')) return undefined;
      const failure = this.#classify(error, slot);
      // Fetching a token changes nothing: the request itself was not sent.
      throw failure.kind === 'unknown' ? new UnsentError(failure.error) : failure.error;
    }
  }

  #classify(error: unknown, slot: EndpointSlot): Failure {
    if (error instanceof UnsentError) return { kind: 'unsent', error: error.failure };
    if (error instanceof SeamarkError) {
      const passing = error.code === 'SM_STORE_UNAVAILABLE' || error.code === 'SM_STORE_TLS';
      return passing ? { kind: 'unsent', error } : { kind: 'final', error };
    }
    const context = { url: slot.endpoint.url, username: this.#options.credentials?.username, tls: this.#tls };
    if (!isGrpcFailure(error)) return classifyFailure({ code: 2, details: messageOf(error) }, context);
    let { details } = error;
    if (details.includes('Last error: null'))
      details = details.replace('Last error: null', `Last error: ${slot.lastRefusal ?? 'not connected'}`);
    else if (details.includes('Last error:')) slot.lastRefusal = refusalOf(details);
    return classifyFailure({ code: error.code, details }, context);
  }

  #scope(settings: { readonly signal?: AbortSignal | undefined }, last: () => SeamarkError | undefined = () => undefined): RequestScope {
    const unavailable = (why: string): SeamarkError => {
      const reason = last()?.message.replace(`etcd at ${this.description} `, '');
      // One sentence: that it does not answer, or does not connect, is said already.
      const tail = reason?.replace(/^(?:does not answer|did not connect within [0-9]+ ms): (?:Error: )?/, '');
      return new SeamarkError('SM_STORE_UNAVAILABLE', `etcd at ${this.description} ${why}${tail === undefined ? '' : `: ${tail}`}`);
    };
    const { requestTimeoutMs, clock } = this.#options;
    return new RequestScope({
      clock,
      signals: [
        {
          signal: this.#closed.signal,
          error: () => new SeamarkError('SM_STORE_CLOSED', `the store at ${this.description} has been closed`),
        },
        ...(settings.signal === undefined
          ? []
          : [
              {
                signal: settings.signal,
                error: (reason: unknown) =>
                  reason instanceof DOMException && reason.name === 'TimeoutError'
                    ? unavailable('did not answer in the time given')
                    : reason,
              },
            ]),
      ],
      ...(settings.signal === undefined
        ? { deadline: { afterMs: requestTimeoutMs, error: () => unavailable(`did not answer within ${requestTimeoutMs} ms`) } }
        : {}),
    });
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.schedule(delayMs, resolve));
  }
}

/** As `error`, of a request that may have been done. */
function openOutcome(error: SeamarkError): SeamarkError {
  return new SeamarkError('SM_STORE_UNAVAILABLE', `${error.message}; it is unknown whether the transaction was applied`, {
    cause: error.cause,
  });
}

/** A failure before the request itself was sent. */
class UnsentError extends Error {
  readonly failure: SeamarkError;
  constructor(failure: SeamarkError) {
    super(failure.message);
    this.failure = failure;
  }
}

/** gRPC throws at the call when another request has dropped the connection in between. */
function started<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw new UnsentError(new SeamarkError('SM_STORE_UNAVAILABLE', messageOf(error), { cause: error }));
  }
}

function unaryInvocation<T>(method: string, request: object, decode?: (octets: Buffer) => T): Invoke<T> {
  return (client, metadata, options) => {
    const { path, requestSerialize, responseDeserialize } = definitionOf<object, T>(client, method);
    let call: { cancel(): void } | undefined;
    const result = new Promise<T>((resolve, reject) => {
      call = client.makeUnaryRequest(
        path,
        requestSerialize,
        decode ?? responseDeserialize,
        request,
        metadata,
        options,
        (error, response) => {
          if (error === null) resolve(response as T);
          else reject(error);
        },
      );
    });
    return { result, cancel: () => call?.cancel() };
  };
}

function watchOver(client: Client, metadata: Metadata): WireWatchDuplex {
  const { path, requestSerialize } = definitionOf<WireWatchRequest, unknown>(client, 'watch');
  return client.makeBidiStreamRequest(path, requestSerialize, decodeWatchAnswer, metadata);
}

/** How proto-loader defines a method of the client's service, of which gRPC's own type says no more than that there are methods. */
function definitionOf<Request, Response>(client: Client, method: string): MethodDefinition<Request, Response> {
  const { service } = client.constructor as ServiceClientConstructor;
  const found = Object.values(service).find(({ originalName }) => originalName === method);
  if (found === undefined) throw new TypeError(`etcd has no method ${method}`);
  return found as MethodDefinition<Request, Response>;
}
