import type { Clock } from '../../controller/clock.ts';
import { SeamarkError, isSeamarkError, messageOf } from '../../errors/index.ts';
import { type Kind, leaseKind } from '../kind.ts';
import { ApiFailure, apiFailureOf, errorCodeOfStatus, isCertificateError, networkErrorCode, wasNeverSent } from './api-error.ts';
import { backoffMs } from './backoff.ts';
import type { ClusterMetrics } from './cluster-metrics.ts';
import type { Answer, Connection, Exchange, Lane } from './connection.ts';
import type { CredentialSource } from './credentials.ts';

/** One request about a kind. */
export interface ApiRequest {
  /** As RBAC names it; for messages and metrics. */
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  readonly method: Exchange['method'];
  readonly path: string;
  readonly kind: Kind;
  /** `namespace/name`, or the namespace of a list; for messages. */
  readonly object?: string | undefined;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Making it twice does what making it once does: it may be sent again when its answer was lost. */
  readonly idempotent: boolean;
  /** Default: {@link ApiClientOptions.maxAttempts}. */
  readonly maxAttempts?: number;
  /** Default: {@link ApiClientOptions.deadlineMs}. */
  readonly deadlineMs?: number;
}

/** Sends requests and maps what comes back. */
export interface ApiClient {
  /** The decoded answer. Throws SM_CLUSTER_* (with an ApiFailure as cause when the API server answered), or the signal's reason. */
  send<T>(request: ApiRequest): Promise<T>;
  /** Opens a watch: resolves with its bytes when the API server accepts it. */
  open(request: ApiRequest): Promise<AsyncIterable<Uint8Array>>;
}

/** Options of {@link createApiClient}. */
export interface ApiClientOptions {
  readonly connection: Connection;
  readonly credentials: CredentialSource;
  /** Who we are, for messages: `user admin of context prod`. */
  readonly identity: string;
  readonly metrics: ClusterMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  /** For a request with all its attempts. Default 30,000 ms. */
  readonly deadlineMs?: number | undefined;
  /** Attempts for answers 429 and 5xx, and for connections that fail. Default 5. */
  readonly maxAttempts?: number | undefined;
}

/** Creates an {@link ApiClient}. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const { clock, connection, credentials, metrics } = options;

  /** One attempt; the answer's body is unread when it is a success. */
  const attempt = async (request: ApiRequest, signal: AbortSignal, lane: Lane): Promise<Answer> => {
    let code = 'error';
    try {
      const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
      const answer = await connection.exchange(
        {
          method: request.method,
          path: request.path,
          accept: request.accept,
          body: payload,
          contentType: payload === undefined ? undefined : (request.contentType ?? 'application/json'),
          signal,
          lane,
        },
        await credentials.current(),
      );
      code = String(answer.statusCode);
      if (answer.statusCode < 300) return answer;
      const retryAfter = answer.headers['retry-after'];
      throw new ApiFailure(answer.statusCode, await answer.body.text(), typeof retryAfter === 'string' ? retryAfter : undefined);
    } finally {
      metrics.requests.inc({ verb: request.verb, resource: request.kind.plural, code });
    }
  };

  const withDeadline = async <T>(request: ApiRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    request.signal?.throwIfAborted();
    const deadlineMs = request.deadlineMs ?? options.deadlineMs ?? 30_000;
    const deadline = new AbortController();
    const onAbort = (): void => deadline.abort(request.signal?.reason);
    request.signal?.addEventListener('abort', onAbort, { once: true });
    const timer = clock.schedule(deadlineMs, () => deadline.abort(new Error(`no answer within ${deadlineMs} ms`)));
    try {
      return await work(deadline.signal);
    } catch (error) {
      request.signal?.throwIfAborted();
      // What the API server last said tells more than that time is up.
      throw describe(request, deadline.signal.aborted && !(error instanceof ApiFailure) ? deadline.signal.reason : error);
    } finally {
      timer[Symbol.dispose]();
      request.signal?.removeEventListener('abort', onAbort);
    }
  };

  const describe = (request: ApiRequest, error: unknown): SeamarkError => {
    if (isSeamarkError(error)) return error;
    const what = `${request.verb} ${request.kind.plural}${request.kind.group === '' ? '' : `.${request.kind.group}`}${request.object === undefined ? '' : ` ${request.object}`}`;
    if (!(error instanceof ApiFailure)) {
      const code = networkErrorCode(error);
      return new SeamarkError('SM_CLUSTER_UNAVAILABLE', `${what}: ${messageOf(error) || code}`, { cause: error });
    }
    const code = errorCodeOfStatus(error.status);
    const who = code === 'SM_CLUSTER_FORBIDDEN' ? `refused to ${options.identity}: ` : '';
    const remedy =
      code === 'SM_CLUSTER_FORBIDDEN' && error.status === 403
        ? { remedy: `Allow the verb ${request.verb} on ${request.kind.plural} (API group "${request.kind.group}").` }
        : {};
    return new SeamarkError(code, `${what}: ${who}${error.message} (HTTP ${error.status})`, { cause: error, ...remedy });
  };

  /** How long to wait before the next attempt; undefined when there should be none. */
  const retryDelayMs = (request: ApiRequest, error: unknown, made: number): number | undefined => {
    const ownDelayMs = backoffMs(made, { baseMs: 100, maxMs: 5_000, random: options.random });
    if (isSeamarkError(error)) return undefined;
    const failure = apiFailureOf(error);
    if (failure?.status === 401) {
      // A token that has just been rotated; once is enough to know.
      credentials.invalidate();
      return made === 1 ? 0 : undefined;
    }
    if (isCertificateError(error)) credentials.invalidate();
    if (made >= (request.maxAttempts ?? options.maxAttempts ?? 5)) return undefined;
    if (failure === undefined) return wasNeverSent(error) || request.idempotent ? ownDelayMs : undefined;
    const refused = failure.status === 429 || failure.status === 503; // it was not begun
    if (refused || (failure.status >= 500 && (request.idempotent || failure.retryAfterMs !== undefined))) {
      return failure.retryAfterMs === undefined ? ownDelayMs : failure.retryAfterMs + ownDelayMs;
    }
    return undefined;
  };

  const retrying = async <T>(request: ApiRequest, signal: AbortSignal, once: () => Promise<T>): Promise<T> => {
    for (let made = 1; ; made += 1) {
      try {
        return await once();
      } catch (error) {
        if (signal.aborted) throw error;
        const delayMs = retryDelayMs(request, error, made);
        if (delayMs === undefined) throw error;
        await pause(clock, delayMs, signal);
        if (signal.aborted) throw error;
      }
    }
  };

  return {
    send: <T>(request: ApiRequest) =>
      withDeadline(request, (signal) =>
        retrying(request, signal, async () => {
          const startedMs = clock.monotonicMs();
          const answer = await attempt(request, signal, request.kind.group === leaseKind.group ? 'lease' : 'request');
          const decoded = (await answer.body.json()) as T;
          metrics.requestSeconds.observe({ verb: request.verb }, (clock.monotonicMs() - startedMs) / 1000);
          return decoded;
        }),
      ),
    async open(request) {
      // The stream lives on after the deadline for its head: it ends with a signal of its own.
      const stream = new AbortController();
      const onAbort = (): void => stream.abort(request.signal?.reason);
      request.signal?.addEventListener('abort', onAbort, { once: true });
      try {
        const answer = await withDeadline(request, async (deadline) => {
          const onDeadline = (): void => stream.abort(deadline.reason);
          deadline.addEventListener('abort', onDeadline, { once: true });
          try {
            return await retrying({ ...request, maxAttempts: 1 }, deadline, () => attempt(request, stream.signal, 'watch'));
          } finally {
            deadline.removeEventListener('abort', onDeadline);
          }
        });
        return whole(answer, () => request.signal?.removeEventListener('abort', onAbort));
      } catch (error) {
        request.signal?.removeEventListener('abort', onAbort);
        throw error;
      }
    },
  };
}

/** The body's chunks; `done` runs when they end, however that happens. */
async function* whole(answer: Answer, done: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* answer.body as AsyncIterable<Uint8Array>;
  } finally {
    done();
  }
}

/** Resolves after `delayMs`, or at once when the signal aborts. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.schedule(delayMs, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
