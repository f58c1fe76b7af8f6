import { isDeepStrictEqual } from 'node:util';
import { SeamarkError } from '../../errors/index.ts';
import { formatObjectRef, type KubernetesObject, type ObjectRef } from '../../model/index.ts';
import { type ApplyOptions, type StatusPatch } from '../cluster.ts';
import { formatObjectKey, type ObjectKey } from '../object-key.ts';
import { apiVersionOf, type Kind } from '../kind.ts';
import { mergePatch } from './merge-patch.ts';
import { problemOfObject } from './object-shape.ts';
import type { ObjectEntry, ObjectIdentity, ObjectStore } from './object-store.ts';
import { kindIdOf } from './served-kind.ts';
import { applyFields, conflictingFields } from './server-side-apply.ts';

/**
 * The writing verbs of the API on an {@link ObjectStore}. What a file declares belongs to the user: components may write its status and
 * annotations, which are kept beside the file, and nothing else.
 */
export class ObjectWrites {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  async create(kind: Kind, object: KubernetesObject): Promise<KubernetesObject> {
    const whole = checked(kind, object);
    const identity = identityOf(kind, whole);
    if (this.#store.entry(identity.id) !== undefined) throw conflict(refOf(kind, identity.key), 'exists already');
    return this.#accepted(identity, this.#store.nextStored(undefined, { object: withoutStatus(withoutAssigned(whole)) }));
  }

  async replace(kind: Kind, object: KubernetesObject): Promise<KubernetesObject> {
    const whole = checked(kind, object);
    const entry = this.#existing(kind, keyOf(kind, whole));
    this.#compareVersion(kind, entry, whole.metadata.resourceVersion);
    return this.#put(entry, withoutAssigned(whole), {});
  }

  async apply(kind: Kind, object: KubernetesObject, options: ApplyOptions): Promise<KubernetesObject> {
    const whole = checked(kind, object);
    const identity = identityOf(kind, whole);
    const entry = this.#store.entry(identity.id);
    const { [options.fieldManager]: last, ...others } = entry?.stored.applied ?? {};
    const next = withoutAssigned(whole);
    if (options.force === false) {
      const [first] = conflictingFields(next, others);
      if (first !== undefined) throw conflict(refOf(kind, identity.key), `field ${first.path} belongs to ${first.manager}`);
    }
    const applied = { ...entry?.stored.applied, [options.fieldManager]: next };
    const current = entry === undefined ? undefined : withoutAssigned(entry.object);
    const merged = applyFields(current, next, last, Object.values(others));
    if (entry !== undefined) return this.#put(entry, merged, { applied });
    return this.#accepted(identity, this.#store.nextStored(undefined, { object: withoutStatus(merged), applied }));
  }

  async patchStatus(kind: Kind, key: ObjectKey, patch: StatusPatch): Promise<KubernetesObject> {
    const entry = this.#existing(kind, key);
    this.#compareVersion(kind, entry, patch.resourceVersion);
    const before = (entry.object as { readonly status?: unknown }).status;
    const status = mergePatch(before, patch.status) as Record<string, unknown>;
    const annotations = changedAnnotations(entry, patch.annotations ?? {});
    if (isDeepStrictEqual(before ?? {}, status) && annotations === undefined) return this.#unchanged(entry);
    return this.#accepted(entry, this.#store.nextStored(entry.stored, { status, ...(annotations === undefined ? {} : { annotations }) }));
  }

  async delete(kind: Kind, key: ObjectKey): Promise<void> {
    const entry = this.#store.entry(identityOfKey(kind, key).id);
    if (entry === undefined) return;
    if (entry.declared !== undefined) throw ofFile(entry, 'it cannot be deleted: remove it from the file');
    await this.#store.accept(entry, undefined);
  }

  /** Stores a whole object in the place of another, as far as it may be changed. */
  async #put(
    entry: ObjectEntry,
    next: KubernetesObject,
    change: { readonly applied?: Readonly<Record<string, KubernetesObject>> },
  ): Promise<KubernetesObject> {
    // As with kinds that have a status subresource: status is written by patchStatus alone.
    const nextBody = withoutStatus(next);
    const body = withoutStatus(withoutAssigned(entry.object));
    const appliedChanged = change.applied !== undefined && !isDeepStrictEqual(change.applied, entry.stored.applied);
    if (isDeepStrictEqual(body, nextBody) && !appliedChanged) return this.#unchanged(entry);
    if (entry.declared === undefined) return this.#accepted(entry, this.#store.nextStored(entry.stored, { ...change, object: nextBody }));
    if (!isDeepStrictEqual(withoutAnnotations(body), withoutAnnotations(nextBody))) {
      throw ofFile(entry, 'only its status and annotations can be written: change the file');
    }
    const wanted: Record<string, string | null> = { ...nextBody.metadata.annotations };
    for (const name of Object.keys(body.metadata.annotations ?? {})) wanted[name] ??= null;
    const annotations = changedAnnotations(entry, wanted);
    return this.#accepted(
      entry,
      this.#store.nextStored(entry.stored, { ...change, ...(annotations === undefined ? {} : { annotations }) }),
    );
  }

  /** Resolves when what it stands on is durable, too. */
  #unchanged(entry: ObjectEntry): Promise<KubernetesObject> {
    return new Promise((resolve) => this.#store.afterAccepted(() => resolve(entry.object)));
  }

  async #accepted(entry: ObjectIdentity, stored: ObjectEntry['stored']): Promise<KubernetesObject> {
    return (await this.#store.accept(entry, stored)) as KubernetesObject;
  }

  #existing(kind: Kind, key: ObjectKey): ObjectEntry {
    const entry = this.#store.entry(identityOfKey(kind, key).id);
    if (entry === undefined) throw new SeamarkError('SM_CLUSTER_NOT_FOUND', `${formatObjectRef(refOf(kind, key))} does not exist`);
    return entry;
  }

  #compareVersion(kind: Kind, entry: ObjectEntry, expected: string | undefined): void {
    const present = entry.object.metadata.resourceVersion;
    if (expected !== undefined && expected !== '' && expected !== present) {
      throw conflict(refOf(kind, entry.key), `has changed: its resourceVersion is ${present}, not ${expected}`);
    }
  }
}

/** Kind and key as the store's id. */
export function identityOfKey(kind: Kind, key: ObjectKey): ObjectIdentity {
  const kindId = kindIdOf(kind);
  const own: ObjectKey = kind.namespaced ? { namespace: key.namespace || 'default', name: key.name } : { name: key.name };
  return { id: `${kindId} ${formatObjectKey(own)}`, kindId, key: own, declared: undefined };
}

function identityOf(kind: Kind, object: KubernetesObject): ObjectIdentity {
  return identityOfKey(kind, object.metadata);
}

function keyOf(kind: Kind, object: KubernetesObject): ObjectKey {
  return identityOf(kind, object).key;
}

function refOf(kind: Kind, key: ObjectKey): ObjectRef {
  return { kind: kind.kind, namespace: kind.namespaced ? key.namespace : undefined, name: key.name, apiVersion: apiVersionOf(kind) };
}

/** The object with apiVersion, kind and namespace filled in. Throws SM_CLUSTER_REJECTED. */
function checked(kind: Kind, object: KubernetesObject): KubernetesObject {
  const { namespace, ...metadata } = object.metadata;
  const place = kind.namespaced ? { namespace: namespace || 'default' } : {};
  const whole = {
    ...object,
    apiVersion: object.apiVersion ?? apiVersionOf(kind),
    kind: object.kind ?? kind.kind,
    metadata: { ...metadata, ...place },
  };
  const problem =
    whole.kind === kind.kind && whole.apiVersion === apiVersionOf(kind)
      ? problemOfObject(whole)
      : `not a ${apiVersionOf(kind)} ${kind.kind}`;
  if (problem !== undefined)
    throw new SeamarkError('SM_CLUSTER_REJECTED', `${kind.kind} ${formatObjectKey(object.metadata)} is invalid: ${problem}`);
  return whole;
}

function withoutAssigned(object: KubernetesObject): KubernetesObject {
  const { uid: _uid, resourceVersion: _version, generation: _generation, creationTimestamp: _created, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withoutStatus(object: KubernetesObject): KubernetesObject {
  const { status: _status, ...body } = object as KubernetesObject & { readonly status?: unknown };
  return body;
}

function withoutAnnotations(object: KubernetesObject): KubernetesObject {
  const { annotations: _annotations, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What is remembered of annotations after a change; undefined when it makes no difference to the object. */
function changedAnnotations(
  entry: ObjectEntry,
  wanted: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string | null>> | undefined {
  const present = entry.object.metadata.annotations ?? {};
  const changes = Object.entries(wanted).filter(([name, value]) => (value === null ? name in present : present[name] !== value));
  return changes.length === 0 ? undefined : { ...entry.stored.annotations, ...Object.fromEntries(changes) };
}

function conflict(object: ObjectRef, problem: string): SeamarkError {
  return new SeamarkError('SM_CLUSTER_CONFLICT', `${formatObjectRef(object)} ${problem}`);
}

function ofFile(entry: ObjectEntry, problem: string): SeamarkError {
  const { declared } = entry;
  return new SeamarkError(
    'SM_CLUSTER_REJECTED',
    `${entry.object.kind} ${formatObjectKey(entry.key)} stands in ${declared?.file}:${declared?.line}: ${problem}`,
    {
      remedy: `Edit ${declared?.file}.`,
    },
  );
}
