import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject, ObjectRef, Service } from '../../model/index.ts';
import type { ReasonStream } from '../../reasons/index.ts';
import type { ObjectKey } from '../object-key.ts';
import type { ClusterIpAllocator } from './cluster-ip-allocator.ts';
import type { DeclarationChange } from './declared-objects.ts';
import type { DeclaredObject } from './manifest-file.ts';
import { PublishQueue } from './publish-queue.ts';
import type { KindId } from './served-kind.ts';
import { admitService } from './service-admission.ts';
import type { StateFile, StoredObject } from './state-file.ts';

/** An object of the driver: what a file or a component says, and what is remembered of it. */
export interface ObjectEntry {
  readonly id: string;
  readonly kindId: KindId;
  readonly key: ObjectKey;
  /** The declaration in a file; undefined for objects made by components. */
  readonly declared: DeclaredObject | undefined;
  readonly stored: StoredObject;
  /** As it is accepted: with writes that are on their way to the disk. */
  readonly object: KubernetesObject;
}

/** Which object it is, and where it comes from. */
export type ObjectIdentity = Pick<ObjectEntry, 'id' | 'kindId' | 'key' | 'declared'>;

/** Options of {@link ObjectStore}. */
export interface ObjectStoreOptions {
  readonly state: StateFile;
  readonly reasons: ReasonStream;
  /** Unix time that a new object is created at. */
  readonly createdAtMs: () => number;
  readonly allocator: ClusterIpAllocator;
  readonly newUid: () => string;
  /** An object became visible, in a new form, or (undefined) ceased to be. */
  readonly onShown: (entry: ObjectEntry, object: KubernetesObject | undefined) => void;
  /** What files declare could not be remembered; it is shown all the same. */
  readonly onStateError: (error: unknown) => void;
}

/**
 * All objects that are kept, each merged from its declaration and what is remembered of it. A change is accepted at once, so that the
 * next one builds on it, and shown when it is durable.
 */
export class ObjectStore {
  readonly #options: ObjectStoreOptions;
  readonly #entries = new Map<string, ObjectEntry>();
  readonly #shown = new Map<string, KubernetesObject>();
  readonly #queue = new PublishQueue();
  #version: number;

  /** Takes up what is stored: objects made by components, and the addresses that are given away. */
  constructor(options: ObjectStoreOptions) {
    this.#options = options;
    let version = 0;
    for (const [id, stored] of options.state.stored) {
      version = Math.max(version, stored.version);
      for (const address of stored.clusterIPs ?? []) options.allocator.hold(address, id);
    }
    this.#version = version;
    for (const [id, stored] of options.state.stored) if (stored.object !== undefined) this.#restore(id, stored, stored.object);
  }

  /** The number behind the latest resourceVersion. */
  get version(): number {
    return this.#version;
  }

  entry(id: string): ObjectEntry | undefined {
    return this.#entries.get(id);
  }

  /** The object as views see it. */
  shown(id: string): KubernetesObject | undefined {
    return this.#shown.get(id);
  }

  /** All visible objects of a kind. */
  *shownOf(kindId: KindId): Generator<KubernetesObject> {
    for (const [id, object] of this.#shown) if (id.startsWith(`${kindId} `)) yield object;
  }

  /** Runs `then` when everything accepted so far is visible. */
  afterAccepted(then: () => void): void {
    this.#queue.push(undefined, then, then);
  }

  /** Takes in what the files declare now; one reading of a file becomes visible at once. */
  declare(changes: readonly DeclarationChange[]): void {
    const shows: (() => void)[] = [];
    let durable: Promise<void> | undefined;
    for (const { id, declared } of changes) {
      const change = declared?.object === undefined ? this.#undeclare(id) : this.#declare(declared, declared.object);
      if (change === undefined) continue;
      shows.push(change.show);
      // Writes resolve in order: the last one stands for all.
      if (change.durable !== undefined) {
        durable?.catch(() => undefined);
        durable = change.durable;
      }
    }
    if (shows.length === 0) return;
    const show = (): void => {
      for (const each of shows) each();
    };
    this.#queue.push(durable, show, (error) => {
      this.#options.onStateError(error);
      show();
    });
  }

  /**
   * Accepts a new state of an object, or (undefined) its end. Resolves with the object once it is durable and visible; rejects with
   * the error of the write, and the object is as it was.
   */
  accept(entry: ObjectIdentity, stored: StoredObject | undefined): Promise<KubernetesObject | undefined> {
    const before = this.#entries.get(entry.id);
    const next = stored === undefined ? undefined : this.#merge(entry, stored, entry.declared?.object ?? stored.object);
    if (next === undefined) this.#entries.delete(entry.id);
    else this.#entries.set(entry.id, next);
    this.#releaseUnused(entry.id, before, next);
    const { promise, resolve, reject } = Promise.withResolvers<KubernetesObject | undefined>();
    this.#queue.push(
      this.#options.state.write(entry.id, next?.stored),
      () => {
        this.#show(next ?? before, next?.object);
        resolve(next?.object);
      },
      (error) => {
        if (this.#entries.get(entry.id) === next) {
          if (before === undefined) this.#entries.delete(entry.id);
          else this.#entries.set(entry.id, before);
        }
        reject(error);
      },
    );
    return promise;
  }

  /** A {@link StoredObject} for a new object, or the next one for an old. */
  nextStored(before: StoredObject | undefined, change: Partial<StoredObject>): StoredObject {
    this.#version += 1;
    const fresh = {
      uid: this.#options.newUid(),
      createdAt: new Date(this.#options.createdAtMs()).toISOString().replace(/\.\d+Z$/, 'Z'),
      generation: 1,
      specHash: '',
    };
    return { ...(before ?? fresh), ...change, version: this.#version };
  }

  /** Forgets what is remembered of objects that do not exist any more; `isKept` tells which ids may only be out of sight. */
  forgetVanished(isKept: (id: string) => boolean): void {
    for (const [id, stored] of this.#options.state.stored) {
      if (this.#entries.has(id) || isKept(id)) continue;
      for (const address of stored.clusterIPs ?? []) this.#options.allocator.release(address, id);
      this.#options.state.write(id, undefined)?.catch((error: unknown) => this.#options.onStateError(error));
    }
  }

  #restore(id: string, stored: StoredObject, object: KubernetesObject): void {
    const kindId = id.slice(0, id.indexOf(' '));
    const { namespace, name } = object.metadata;
    const entry = this.#merge(
      { id, kindId, key: namespace === undefined ? { name } : { namespace, name }, declared: undefined },
      stored,
      object,
    );
    this.#entries.set(id, entry);
    this.#shown.set(id, entry.object);
  }

  #declare(
    declared: DeclaredObject,
    object: KubernetesObject,
  ): { readonly durable: Promise<void> | undefined; readonly show: () => void } | undefined {
    const identity: ObjectIdentity = { id: declared.id, kindId: declared.kindId, key: declared.key, declared };
    const before = this.#entries.get(declared.id);
    const remembered = before?.stored ?? this.#options.state.stored.get(declared.id);
    // An object that a component had made is the file's from now on.
    const { object: _made, ...stored } = remembered ?? this.nextStored(undefined, {});
    const entry = this.#merge(identity, stored, object);
    if (before !== undefined && sameContent(before.object, entry.object)) {
      this.#entries.set(declared.id, { ...entry, object: before.object, stored: before.stored });
      return undefined;
    }
    const versioned = remembered === undefined ? entry : this.#merge(identity, this.nextStored(entry.stored, {}), object);
    this.#entries.set(declared.id, versioned);
    this.#releaseUnused(declared.id, before, versioned);
    const { version: _old, ...was } = remembered ?? { version: 0 };
    const { version: _new, ...is } = versioned.stored;
    // The version alone is not worth a write: it need only differ within one life of the process.
    const durable = isDeepStrictEqual(was, is) ? undefined : this.#options.state.write(declared.id, versioned.stored);
    return { durable, show: () => this.#show(versioned, versioned.object) };
  }

  #undeclare(id: string): { readonly durable: Promise<void> | undefined; readonly show: () => void } | undefined {
    const before = this.#entries.get(id);
    if (before?.declared === undefined) return undefined;
    this.#entries.delete(id);
    this.#releaseUnused(id, before, undefined);
    this.#options.reasons.end(refOf(before), 'clusterIP');
    return { durable: this.#options.state.write(id, undefined), show: () => this.#show(before, undefined) };
  }

  #show(entry: ObjectEntry | undefined, object: KubernetesObject | undefined): void {
    if (entry === undefined) return;
    if (object === undefined) this.#shown.delete(entry.id);
    else this.#shown.set(entry.id, object);
    this.#options.onShown(entry, object);
  }

  /** The whole object, as the API server would print it. */
  #merge(entry: ObjectIdentity, stored: StoredObject, base: KubernetesObject | undefined): ObjectEntry {
    const { declared } = entry;
    if (base === undefined) throw new Error(`unreachable: ${entry.id} has neither file nor object`);
    const specHash = digestOf(base);
    const generation = stored.specHash === '' || stored.specHash === specHash ? stored.generation : stored.generation + 1;
    let admitted = base;
    let kept: StoredObject = { ...stored, specHash, generation };
    if (entry.kindId === '/Service') {
      const { service, given, problem } = admitService(base as Service, entry.id, stored.clusterIPs, this.#options.allocator);
      admitted = service;
      const { clusterIPs: _before, ...others } = kept;
      kept = given === undefined ? others : { ...others, clusterIPs: given };
      if (declared !== undefined) this.#reportClusterIp(declared, problem);
    }
    const annotations = mergedAnnotations(admitted.metadata.annotations, stored.annotations);
    const { annotations: _own, ...metadata } = admitted.metadata;
    const { status, ...body } = admitted as KubernetesObject & { readonly status?: unknown };
    const seenStatus = stored.status ?? status;
    const object = {
      ...body,
      metadata: {
        ...metadata,
        ...(annotations === undefined ? {} : { annotations }),
        uid: stored.uid,
        resourceVersion: String(stored.version),
        generation,
        creationTimestamp: stored.createdAt,
      },
      ...(seenStatus === undefined ? {} : { status: seenStatus }),
    };
    return { id: entry.id, kindId: entry.kindId, key: entry.key, declared, stored: kept, object };
  }

  #reportClusterIp(declared: DeclaredObject, problem: string | undefined): void {
    const object: ObjectRef = { kind: declared.kind, namespace: declared.key.namespace, name: declared.key.name };
    if (problem === undefined) this.#options.reasons.end(object, 'clusterIP');
    else
      this.#options.reasons.report({
        code: 'CLUSTER_IP_REFUSED',
        object,
        topic: 'clusterIP',
        params: { file: declared.file, line: declared.line, problem },
      });
  }

  #releaseUnused(id: string, before: ObjectEntry | undefined, after: ObjectEntry | undefined): void {
    if (before === undefined || before === after) return;
    const still = clusterIPsOf(after);
    for (const address of clusterIPsOf(before)) if (!still.includes(address)) this.#options.allocator.release(address, id);
  }
}

function clusterIPsOf(entry: ObjectEntry | undefined): readonly string[] {
  return entry?.kindId === '/Service' ? ((entry.object as Service).spec.clusterIPs ?? []) : [];
}

function refOf(entry: ObjectEntry): ObjectRef {
  return { kind: entry.object.kind, namespace: entry.key.namespace, name: entry.key.name };
}

function mergedAnnotations(
  own: Readonly<Record<string, string>> | undefined,
  over: StoredObject['annotations'],
): Record<string, string> | undefined {
  const merged: Record<string, string> = {};
  for (const [name, value] of [...Object.entries(own ?? {}), ...Object.entries(over ?? {})]) {
    if (value === null && over?.[name] === null) delete merged[name];
    else merged[name] = value ?? '';
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}

/** Digest of everything but metadata and status: what `metadata.generation` counts. */
function digestOf(object: KubernetesObject): string {
  const { metadata: _metadata, status: _status, ...rest } = object as KubernetesObject & { readonly status?: unknown };
  return hash('sha1', JSON.stringify(rest), 'base64');
}

function sameContent(a: KubernetesObject, b: KubernetesObject): boolean {
  const { resourceVersion: _a, ...metadataA } = a.metadata;
  const { resourceVersion: _b, ...metadataB } = b.metadata;
  return isDeepStrictEqual({ ...a, metadata: metadataA }, { ...b, metadata: metadataB });
}
