import { isSeamarkError } from '../../errors/index.ts';
import type { KubernetesObject } from '../../model/kubernetes-object.ts';
import { type Cluster, type StatusPatch, type WriteOptions } from '../cluster.ts';
import { type ObjectKey, formatObjectKey } from '../object-key.ts';
import { type Kind, type ObjectOf, apiVersionOf } from '../kind.ts';
import type { ApiClient } from './api-client.ts';
import type { EventWriter } from './event-recorder.ts';
import { resourcePath } from './resource-path.ts';

/**
 * The single-object half of {@link Cluster}, and the two writes of Events. The API server makes a Service or Lease anew when it is
 * replaced by version after it was deleted, unless `metadata.uid` is given too, as it is in every object that was read before.
 */
export interface ObjectWriter extends Pick<Cluster, 'get' | 'create' | 'replace' | 'apply' | 'patchStatus' | 'delete'> {
  readonly events: EventWriter;
}

const mergePatch = 'application/merge-patch+json';
// JSON is YAML; the API server takes server-side apply under this name.
const applyPatch = 'application/apply-patch+yaml';

const eventKind: Kind = Object.freeze({ group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true });

/** An Event is not worth holding up a graceful stop for long. */
const eventDeadlineMs = 5_000;

/** Creates an {@link ObjectWriter}. */
export function createObjectWriter(client: ApiClient): ObjectWriter {
  const target = (
    kind: Kind,
    key: ObjectKey,
    subresource?: string,
  ): { readonly kind: Kind; readonly path: string; readonly object: string } => ({
    kind,
    path: resourcePath(kind, namespaceOf(kind, key), key.name, subresource),
    object: formatObjectKey(key),
  });
  const typed = (kind: Kind, object: KubernetesObject): KubernetesObject => ({
    ...object,
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
  });

  const read = <K extends Kind>(kind: K, key: ObjectKey, options: WriteOptions): Promise<ObjectOf<K>> =>
    client.send<ObjectOf<K>>({ verb: 'get', method: 'GET', ...target(kind, key), signal: options.signal, idempotent: true });

  const get = async <K extends Kind>(kind: K, key: ObjectKey, options: WriteOptions = {}): Promise<ObjectOf<K> | undefined> => {
    try {
      return await read(kind, key, options);
    } catch (error) {
      if (isSeamarkError(error, 'SM_CLUSTER_NOT_FOUND')) return undefined;
      throw error;
    }
  };

  const put = <K extends Kind>(kind: K, object: KubernetesObject, options: WriteOptions): Promise<ObjectOf<K>> =>
    client.send<ObjectOf<K>>({
      verb: 'update',
      method: 'PUT',
      ...target(kind, object.metadata),
      body: typed(kind, object),
      signal: options.signal,
      idempotent: true,
    });

  return {
    get,
    create: <K extends Kind>(kind: K, object: ObjectOf<K>, options: WriteOptions = {}) =>
      client.send<ObjectOf<K>>({
        verb: 'create',
        method: 'POST',
        kind,
        path: resourcePath(kind, namespaceOf(kind, (object as KubernetesObject).metadata)),
        object: formatObjectKey((object as KubernetesObject).metadata),
        body: typed(kind, object),
        signal: options.signal,
        idempotent: false,
      }),
    async replace<K extends Kind>(kind: K, object: ObjectOf<K>, options: WriteOptions = {}): Promise<ObjectOf<K>> {
      const wanted = object as KubernetesObject;
      if (wanted.metadata.resourceVersion !== undefined) return put(kind, wanted, options);
      // Without a version some kinds would be created when missing, and custom resources refused: name the version that is there.
      for (let attempt = 1; ; attempt += 1) {
        const present = (await read(kind, wanted.metadata, options)) as KubernetesObject;
        try {
          return await put(
            kind,
            { ...wanted, metadata: { ...wanted.metadata, resourceVersion: present.metadata.resourceVersion as string } },
            options,
          );
        } catch (error) {
          if (attempt >= 5 || !isSeamarkError(error, 'SM_CLUSTER_CONFLICT')) throw error;
        }
      }
    },
    apply: (kind, object, options) =>
      client.send({
        verb: 'patch',
        method: 'PATCH',
        kind,
        path: `${resourcePath(kind, namespaceOf(kind, object.metadata), object.metadata.name)}?fieldManager=${encodeURIComponent(options.fieldManager)}&force=${options.force ?? true}`,
        object: formatObjectKey(object.metadata),
        body: typed(kind, object),
        contentType: applyPatch,
        signal: options.signal,
        idempotent: true,
      }),
    async patchStatus<K extends Kind>(kind: K, key: ObjectKey, patch: StatusPatch, options: WriteOptions = {}): Promise<ObjectOf<K>> {
      const metadata = (resourceVersion: string | undefined): Record<string, unknown> => ({
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
        ...(patch.annotations === undefined ? {} : { annotations: patch.annotations }),
      });
      const send = (subresource: string | undefined, body: unknown): Promise<ObjectOf<K>> =>
        client.send<ObjectOf<K>>({
          verb: 'patch',
          method: 'PATCH',
          ...target(kind, key, subresource),
          body,
          contentType: mergePatch,
          signal: options.signal,
          idempotent: patch.resourceVersion === undefined,
        });
      const patched = await send('status', { metadata: metadata(patch.resourceVersion), status: patch.status });
      // Services and Ingresses take annotations with their status; custom resources leave metadata alone there.
      if (hasAnnotations(patched, patch.annotations)) return patched;
      return send(undefined, {
        metadata: metadata(patch.resourceVersion === undefined ? undefined : (patched as KubernetesObject).metadata.resourceVersion),
      });
    },
    async delete(kind, key, options = {}) {
      try {
        await client.send({ verb: 'delete', method: 'DELETE', ...target(kind, key), signal: options.signal, idempotent: true });
      } catch (error) {
        if (!isSeamarkError(error, 'SM_CLUSTER_NOT_FOUND')) throw error;
      }
    },
    events: {
      async create(namespace, event) {
        await client.send({
          verb: 'create',
          method: 'POST',
          kind: eventKind,
          path: resourcePath(eventKind, namespace),
          object: namespace,
          body: event,
          idempotent: false,
          maxAttempts: 2,
          deadlineMs: eventDeadlineMs,
        });
      },
      async patch(namespace, name, patch) {
        await client.send({
          verb: 'patch',
          method: 'PATCH',
          ...target(eventKind, { namespace, name }),
          body: patch,
          contentType: mergePatch,
          idempotent: true,
          maxAttempts: 2,
          deadlineMs: eventDeadlineMs,
        });
      },
    },
  };
}

/** As kubectl does, an object of a namespaced kind without a namespace is in `default`. */
function namespaceOf(kind: Kind, key: ObjectKey): string | undefined {
  return kind.namespaced ? (key.namespace ?? 'default') : undefined;
}

function hasAnnotations(object: KubernetesObject, wanted: StatusPatch['annotations']): boolean {
  return Object.entries(wanted ?? {}).every(([name, value]) => (object.metadata.annotations?.[name] ?? null) === value);
}
