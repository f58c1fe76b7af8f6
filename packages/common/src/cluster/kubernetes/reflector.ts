import type { Clock } from '../../controller/clock.ts';
import { isSeamarkError, messageOf } from '../../errors/index.ts';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import type { Logger } from '../../observability/logger.ts';
import { type ObjectKey, formatObjectKey } from '../object-key.ts';
import { type Kind, apiVersionOf } from '../kind.ts';
import type { ViewState } from '../object-view.ts';
import type { ViewStore } from '../view-store.ts';
import { type ApiClient, pause } from './api-client.ts';
import { ApiFailure, apiFailureOf } from './api-error.ts';
import { backoffMs } from './backoff.ts';
import type { ClusterMetrics } from './cluster-metrics.ts';
import type { CustomKinds } from './custom-kinds.ts';
import { type ReflectorTimes, retryDelayMs } from './reflector-times.ts';
import { resourcePath } from './resource-path.ts';
import { type WatchEvent, createWatchDecoder } from './watch-decoder.ts';

/** Options of {@link createReflector}. */
export interface ReflectorOptions {
  readonly kind: Kind;
  /** Only this namespace; undefined = all. */
  readonly namespace: string | undefined;
  readonly client: ApiClient;
  /** Written to; reflectors of other namespaces may share it. */
  readonly store: Pick<ViewStore, 'put' | 'remove' | 'keys'>;
  /** Content negotiation of lists and watches, for those that want metadata only. */
  readonly accept?: { readonly list: string; readonly watch: string };
  /** What a 404 means; undefined for kinds that always exist. */
  readonly customKinds: CustomKinds | undefined;
  readonly times: ReflectorTimes;
  readonly metrics: ClusterMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** Called after each full list that has been delivered, and when the kind turns out to be absent: there is nothing to wait for. */
  readonly onListed: () => void;
  readonly onState?: (state: ViewState) => void;
}

/** Keeps a ViewStore true: lists, then watches from where the list ended, for ever. */
export interface Reflector {
  state(): ViewState;
  /** The resourceVersion up to which the store has been told everything; undefined until a list is complete, and after 410. */
  position(): string | undefined;
  /** Calls back whenever objects have come, or `state` or `position` has changed. */
  onProgress(listener: () => void): Disposable;
  /** Resolves, never rejects, when the signal aborts. Call once. */
  run(signal: AbortSignal): Promise<void>;
}

/** Objects a page: small enough to be projected without a hiccup, large enough that 10,000 take 20 requests. */
export const pageSize = 500;

/** Attempts on a 404 of a kind whose definition exists: it is being established, which takes a second or so. */
const establishingAttempts = 8;

interface ListPage {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubernetesObject[] | null;
}

/** Why a watch ended. */
type WatchEnd = 'timeout' | 'cut' | 'silent' | 'expired' | 'refused';

/**
 * Creates a {@link Reflector}. Its states, and when each is left:
 *
 *     listing   a full list page by page; objects are delivered as pages come, what is gone is deleted after the last
 *     watching  from the last seen resourceVersion; ends by its own timeout, a cut, silence, or 410
 *     waiting   backoff after a failure; then watching again from where it stood, or listing (first time, and after 410)
 *     absent    the kind does not exist; left when its definition appears or changes
 *     stopped   the signal aborted
 */
export function createReflector(options: ReflectorOptions): Reflector {
  const { kind, namespace, client, store, times, clock, logger, metrics } = options;
  const resource = kind.plural;
  const path = resourcePath(kind, namespace);
  const apiVersion = apiVersionOf(kind);
  let current: ViewState = { phase: 'idle' };
  let resourceVersion: string | undefined; // where a watch may begin; undefined = list first
  let failures = 0; // since the last healthy watch
  let missing = 0; // 404s in a row
  let told: string | undefined; // the failure that the log has

  const progressListeners = new Set<() => void>();
  const progress = (): void => {
    for (const listener of progressListeners) listener();
  };

  const enter = (state: ViewState): void => {
    current = state;
    options.onState?.(state);
    progress();
  };

  const presentKeys = (): string[] => [...store.keys()].filter((key) => namespace === undefined || key.startsWith(`${namespace}/`));

  /** False, and counted, when it is no object with a name. */
  const isNamed = (object: unknown): object is KubernetesObject => {
    if (typeof (object as Partial<KubernetesObject> | undefined)?.metadata?.name === 'string') return true;
    metrics.malformed.inc({ resource });
    logger.warn(`the API server sent something in ${resource} that names no object; left out`);
    return false;
  };

  const put = (object: KubernetesObject): void => {
    // Items of a list come without them. Assigned, not copied: the object has just been parsed and is nobody else's.
    store.put(Object.assign(object, { apiVersion, kind: kind.kind }));
  };

  const list = async (signal: AbortSignal): Promise<void> => {
    metrics.lists.inc({ resource });
    const gone = new Set(presentKeys());
    let version: string | undefined;
    let token = '';
    do {
      // No resourceVersion: the list is at least as new as anything we have seen, so a relist never goes back in time.
      const query = `?limit=${pageSize}${token === '' ? '' : `&continue=${encodeURIComponent(token)}`}`;
      const page = await client.send<ListPage>({
        verb: 'list',
        method: 'GET',
        path: path + query,
        kind,
        object: namespace,
        accept: options.accept?.list,
        signal,
        idempotent: true,
        maxAttempts: 1,
      });
      for (const item of page.items ?? []) {
        if (!isNamed(item)) continue;
        gone.delete(formatObjectKey(item.metadata));
        put(item);
      }
      version ??= page.metadata?.resourceVersion;
      token = page.metadata?.continue ?? '';
    } while (token !== '' && !signal.aborted);
    if (signal.aborted) return;
    for (const key of gone) store.remove(parseKey(key));
    resourceVersion = version;
    options.onListed();
    progress();
  };

  const take = (event: WatchEvent): void => {
    if (event.type === 'ERROR') {
      const status = event.object as { code?: number };
      throw new ApiFailure(status.code ?? 500, JSON.stringify(status));
    }
    if (event.type === 'BOOKMARK') {
      resourceVersion = (event.object as Partial<KubernetesObject>).metadata?.resourceVersion ?? resourceVersion;
      return;
    }
    if (!isNamed(event.object)) return;
    const { metadata } = event.object;
    if (event.type === 'DELETED') store.remove(metadata, event.object);
    else put(event.object);
    // After the delivery: if it were to fail, the event would come again.
    resourceVersion = metadata.resourceVersion ?? resourceVersion;
  };

  const watch = async (signal: AbortSignal): Promise<WatchEnd> => {
    const seconds = Math.round(times.watchSeconds * (1 + options.random()));
    const query = `?watch=true&allowWatchBookmarks=true&resourceVersion=${resourceVersion ?? ''}&timeoutSeconds=${seconds}`;
    const ending = new AbortController();
    const stop = AbortSignal.any([signal, ending.signal]);
    const chunks = await client.open({
      verb: 'watch',
      method: 'GET',
      path: path + query,
      kind,
      object: namespace,
      accept: options.accept?.watch,
      signal: stop,
      idempotent: true,
    });
    enter({ phase: 'watching', resourceVersion: resourceVersion ?? '' });
    let silent = false;
    const arm = (): Disposable =>
      clock.schedule(times.silenceMs, () => {
        silent = true;
        ending.abort(new Error(`nothing came for ${times.silenceMs} ms`));
      });
    let alarm = arm();
    const decoder = createWatchDecoder();
    try {
      for await (const chunk of chunks) {
        alarm[Symbol.dispose]();
        alarm = arm();
        for (const event of decoder.push(chunk)) take(event);
        if (resourceVersion !== undefined && current.phase === 'watching') current = { phase: 'watching', resourceVersion };
        progress();
      }
      return 'timeout';
    } catch (error) {
      if (silent) return 'silent';
      throw error;
    } finally {
      alarm[Symbol.dispose]();
    }
  };

  /** Waits for what the failure calls for. */
  const recover = async (error: unknown, signal: AbortSignal): Promise<void> => {
    const failure = apiFailureOf(error);
    if (failure?.status === 404) {
      missing += 1;
      await recoverMissing(error, signal);
      return;
    }
    missing = 0;
    if (failure !== undefined && mustRelist(failure)) resourceVersion = undefined;
    failures += 1;
    const forbidden = isSeamarkError(error, 'SM_CLUSTER_FORBIDDEN');
    await wait(error, retryDelayMs(error, failures, times, options.random), signal, forbidden || failures >= 3);
  };

  const recoverMissing = async (error: unknown, signal: AbortSignal): Promise<void> => {
    const presence = (await options.customKinds?.lookup(kind)) ?? 'present';
    if (signal.aborted) return;
    const giveUp = presence === 'absent' || (presence === 'unknown' && missing >= 3) || missing >= establishingAttempts;
    if (!giveUp || options.customKinds === undefined) {
      // The definition exists, or we cannot know yet: an API server that has just started answers 404 for a moment.
      await wait(
        error,
        backoffMs(missing, { baseMs: times.backoffBaseMs, maxMs: times.backoffMaxMs, random: options.random }),
        signal,
        false,
      );
      return;
    }
    for (const key of presentKeys()) store.remove(parseKey(key));
    resourceVersion = undefined;
    failures = 0;
    if (current.phase !== 'absent') logger.info(`${resource}.${kind.group} is not installed in this cluster; waiting for its definition`);
    const changed = options.customKinds.nextChange(kind, times.blindRetryMs, signal);
    enter({ phase: 'absent' });
    options.onListed();
    await changed;
    missing = 0;
  };

  const wait = async (error: unknown, delayMs: number, signal: AbortSignal, worthTelling: boolean): Promise<void> => {
    const message = messageOf(error);
    if (worthTelling && told !== message) {
      told = message;
      logger.warn(`view of ${resource}: ${message}`, { err: error, retryInMs: Math.round(delayMs) });
    } else logger.debug(`view of ${resource}: ${message}`, { retryInMs: Math.round(delayMs) });
    enter({ phase: 'waiting', attempt: failures + missing, retryInMs: delayMs, error });
    await pause(clock, delayMs, signal);
  };

  const recovered = (): void => {
    if (told !== undefined) logger.info(`view of ${resource}: works again`);
    told = undefined;
  };

  return {
    state: () => current,
    position: () => resourceVersion,
    onProgress(listener) {
      progressListeners.add(listener);
      return { [Symbol.dispose]: () => void progressListeners.delete(listener) };
    },
    async run(signal) {
      while (!signal.aborted) {
        let openedAtMs: number | undefined;
        try {
          if (resourceVersion === undefined) {
            enter({ phase: 'listing' });
            await list(signal);
          }
          if (signal.aborted) break;
          missing = 0;
          openedAtMs = clock.monotonicMs();
          const end = await watch(signal);
          metrics.watchEnds.inc({ resource, reason: end });
          const healthy = clock.monotonicMs() - openedAtMs >= times.healthyAfterMs;
          if (healthy) {
            failures = 0;
            recovered();
          } else await recover(new Error(`the watch ended after ${Math.round(clock.monotonicMs() - openedAtMs)} ms`), signal);
        } catch (error) {
          if (signal.aborted) break;
          const lastedMs = openedAtMs === undefined ? 0 : clock.monotonicMs() - openedAtMs;
          if (openedAtMs !== undefined) metrics.watchEnds.inc({ resource, reason: endOf(error) });
          if (lastedMs >= times.healthyAfterMs) {
            failures = 0;
            recovered();
          }
          await recover(error, signal);
        }
      }
      enter({ phase: 'stopped' });
    },
  };
}

function parseKey(key: string): ObjectKey {
  const slash = key.indexOf('/');
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

function endOf(error: unknown): WatchEnd {
  const failure = apiFailureOf(error);
  if (failure === undefined) return 'cut';
  return mustRelist(failure) ? 'expired' : 'refused';
}

/** The version to go on from is gone (compacted), or the server's history is not the one we saw (restored from a backup). */
function mustRelist(failure: ApiFailure): boolean {
  return (
    failure.status === 410 ||
    failure.reason === 'Expired' ||
    failure.status === 400 ||
    failure.causes.some((cause) => cause.reason === 'ResourceVersionTooLarge')
  );
}
