import { isSeamarkError, messageOf } from '../../errors/index.ts';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import { type ObjectKey, formatObjectKey } from '../object-key.ts';
import type { ViewStore } from '../view-store.ts';
import { pause } from './api-client.ts';
import { apiFailureOf } from './api-error.ts';
import { type Reflector, type ReflectorOptions, pageSize } from './reflector.ts';
import { retryDelayMs } from './reflector-times.ts';
import { resourcePath } from './resource-path.ts';
import { isAtLeast, precedes } from './resource-version.ts';

/** Options of {@link catchUp}. */
export interface CatchUpOptions extends Pick<ReflectorOptions, 'kind' | 'namespace' | 'client' | 'times' | 'logger' | 'clock' | 'random'> {
  /** Filled by the reflector. */
  readonly store: Pick<ViewStore, 'get' | 'list' | 'accepts'>;
  readonly reflector: Pick<Reflector, 'state' | 'position' | 'onProgress'>;
}

/** What stood in the API server at one moment. */
interface Written {
  /** resourceVersion of the collection at that moment. */
  readonly version: string;
  readonly objects: ReadonlyMap<string, { readonly key: ObjectKey; readonly version: string }>;
}

interface MetadataPage {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly Partial<KubernetesObject>[] | null;
}

/**
 * Resolves once a reflector has brought into its store all that had been written to its kind and namespace when this was called. A
 * consistent list of metadata says what that is; then the store is looked at whenever the reflector makes progress. Lists that fail are
 * repeated with the reflector's backoff. A kind that the API server and the reflector both take for absent has caught up. Rejects with
 * the signal's reason when that aborts.
 */
export async function catchUp(options: CatchUpOptions, signal: AbortSignal): Promise<void> {
  for (;;) {
    const written = await listWritten(options, signal);
    if (written === undefined || (await untilReached(written, options, signal)) === 'reached') return;
  }
}

/** `undefined`: the kind is absent. */
async function listWritten(options: CatchUpOptions, signal: AbortSignal): Promise<Written | undefined> {
  const { kind, reflector, times, clock, logger } = options;
  let told: string | undefined;
  for (let failures = 1; ; failures += 1) {
    try {
      return await listOnce(options, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (apiFailureOf(error)?.status === 404 && reflector.state().phase === 'absent') return undefined;
      const delayMs = retryDelayMs(error, failures, times, options.random);
      const message = `${kind.plural} cannot be compared with the view of them: ${messageOf(error)}`;
      if ((failures >= 3 || isSeamarkError(error, 'SM_CLUSTER_FORBIDDEN')) && told !== message) {
        told = message;
        logger.warn(message, { err: error, retryInMs: Math.round(delayMs) });
      } else logger.debug(message, { retryInMs: Math.round(delayMs) });
      await pause(clock, delayMs, signal);
      signal.throwIfAborted();
    }
  }
}

async function listOnce({ kind, namespace, client, store }: CatchUpOptions, signal: AbortSignal): Promise<Written> {
  const objects = new Map<string, { readonly key: ObjectKey; readonly version: string }>();
  let version: string | undefined;
  let token = '';
  do {
    // No resourceVersion: only then does the API server answer with all that was written before. Later pages show the same moment.
    const page: MetadataPage = await client.send<MetadataPage>({
      verb: 'list',
      method: 'GET',
      path: `${resourcePath(kind, namespace)}?limit=${pageSize}${token === '' ? '' : `&continue=${encodeURIComponent(token)}`}`,
      kind,
      object: namespace,
      accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      signal,
      idempotent: true,
      maxAttempts: 1,
    });
    for (const { metadata } of page.items ?? []) {
      if (typeof metadata?.name !== 'string' || metadata.resourceVersion === undefined || !store.accepts(metadata)) continue;
      const { namespace, name, resourceVersion } = metadata;
      objects.set(formatObjectKey(metadata), { key: { namespace, name }, version: resourceVersion });
    }
    version ??= page.metadata?.resourceVersion;
    token = page.metadata?.continue ?? '';
  } while (token !== '');
  return { version: version ?? '', objects };
}

/** `absent`: the kind has gone, or that is what the reflector has found; what stands in the API server must be read again. */
function untilReached(
  written: Written,
  { store, reflector, namespace }: CatchUpOptions,
  signal: AbortSignal,
): Promise<'reached' | 'absent'> {
  const missing = [...written.objects.values()];
  const isLeftOver = (object: KubernetesObject): boolean =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    !written.objects.has(formatObjectKey(object.metadata)) &&
    precedes(object.metadata.resourceVersion ?? '', written.version);
  let leftOver: readonly KubernetesObject[] = [];

  /** Looks at what it waits for until the first object that has not come, or gone: all looks together cost as much as one. */
  const isReached = (): boolean => {
    // Also covers what has come and gone again since.
    if (written.version !== '' && isAtLeast(reflector.position(), written.version)) return true;
    for (let next = missing.at(-1); next !== undefined; next = missing.at(-1)) {
      if (!isAtLeast(store.get(next.key)?.metadata.resourceVersion, next.version)) return false;
      missing.pop();
    }
    const stays = leftOver.findIndex((object) => {
      const present = store.get(object.metadata);
      return present !== undefined && isLeftOver(present);
    });
    leftOver = stays === -1 ? [...store.list()].filter(isLeftOver) : leftOver.slice(stays);
    return leftOver.length === 0;
  };

  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    if (isReached()) {
      resolve('reached');
      return;
    }
    const finish = (settle: () => void): void => {
      progress[Symbol.dispose]();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => finish(() => reject(signal.reason as Error));
    const progress = reflector.onProgress(() => {
      if (isReached()) finish(() => resolve('reached'));
      else if (reflector.state().phase === 'absent') finish(() => resolve('absent'));
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
