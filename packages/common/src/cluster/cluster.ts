import type { KubernetesObject } from '../model/kubernetes-object.ts';
import type { ObjectRef } from '../model/object-ref.ts';
import type { Kind, ObjectOf } from './kind.ts';
import type { ObjectKey } from './object-key.ts';
import type { ObjectView, ViewScope } from './object-view.ts';

/** A change of `status` (and of Seamark's own annotations), applied as one write. */
export interface StatusPatch {
  /** JSON merge patch (RFC 7386) of `.status`; `null` members are removed. */
  readonly status: Readonly<Record<string, unknown>>;
  /** JSON merge patch of `.metadata.annotations`. */
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** When given, the write fails with SM_CLUSTER_CONFLICT unless the object still has this version. */
  readonly resourceVersion?: string | undefined;
}

/** Options of every write. */
export interface WriteOptions {
  /** Ends the request; a caller that holds a lease passes its leadership's signal, so that no write outlives the lease. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link Cluster.apply}. */
export interface ApplyOptions extends WriteOptions {
  /** Owner of the applied fields, `seamark-<component>`. */
  readonly fieldManager: string;
  /** Take fields over from other managers. Default true. */
  readonly force?: boolean;
}

/** A Kubernetes Event to be recorded on an object. Equal ones within a while are counted up, not repeated. */
export interface ClusterEvent {
  readonly regarding: ObjectRef;
  readonly type: 'Normal' | 'Warning';
  /** UpperCamelCase, as `kubectl describe` shows it. */
  readonly reason: string;
  readonly message: string;
  /** Who says it: `seamark-lb-controller`. */
  readonly reportingComponent: string;
}

/**
 * The Kubernetes API as Seamark's components see it. Two drivers: a real API server (`createKubernetesCluster`) and a folder
 * of manifests (`createManifestsCluster`). One contract suite runs against both; components cannot tell them apart.
 *
 * Life: declare views, then `start(signal)`; abort the signal to stop. Errors of single requests are SeamarkErrors with
 * SM_CLUSTER_* codes; views never throw, they retry and say so through {@link ObjectView.state}.
 */
export interface Cluster {
  readonly driver: 'kubernetes' | 'manifests';
  /**
   * A shared, synced, indexed view of a kind. Before `start`, calls for one kind and scope share one reflector that keeps the
   * union of the declared fields; after it a covered call shares it too, any other gets a reflector of its own.
   */
  view<K extends Kind>(kind: K, scope?: ViewScope<ObjectOf<K>>): ObjectView<ObjectOf<K>>;
  /** Starts all declared views. Resolves once they have begun (not synced); rejects if the cluster cannot be used at all. */
  start(signal: AbortSignal): Promise<void>;
  /** Reads one object past all views, whole. `undefined` when it does not exist. */
  get<K extends Kind>(kind: K, key: ObjectKey, options?: WriteOptions): Promise<ObjectOf<K> | undefined>;
  /** Throws SM_CLUSTER_CONFLICT when it exists already. */
  create<K extends Kind>(kind: K, object: ObjectOf<K>, options?: WriteOptions): Promise<ObjectOf<K>>;
  /** Replaces an object; `metadata.resourceVersion` is compared when present (SM_CLUSTER_CONFLICT). */
  replace<K extends Kind>(kind: K, object: ObjectOf<K>, options?: WriteOptions): Promise<ObjectOf<K>>;
  /** Server-side apply: the given fields become ours, other fields stay. */
  apply<K extends Kind>(kind: K, object: KubernetesObject, options: ApplyOptions): Promise<ObjectOf<K>>;
  patchStatus<K extends Kind>(kind: K, key: ObjectKey, patch: StatusPatch, options?: WriteOptions): Promise<ObjectOf<K>>;
  /** Resolves also when the object did not exist. */
  delete(kind: Kind, key: ObjectKey, options?: WriteOptions): Promise<void>;
  /** Never throws and never blocks: events are queued (bounded), aggregated, and dropped with a count when the API server refuses. */
  recordEvent(event: ClusterEvent): void;
  /**
   * Resolves when every queued event has been written or dropped; part of a graceful stop. The abort of `start`'s signal drops what is
   * still queued.
   */
  flushEvents(): Promise<void>;
}
