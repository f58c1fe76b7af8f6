import type { KubernetesObject } from '../model/kubernetes-object.ts';
import type { ObjectKey } from './object-key.ts';

/** What a view covers and keeps. */
export interface ViewScope<T extends KubernetesObject = KubernetesObject> {
  /** Only these namespaces; absent = all. */
  readonly namespaces?: readonly string[];
  /**
   * The paths under the object that are kept besides `apiVersion`, `kind` and metadata's name, namespace, uid, resourceVersion,
   * generation, deletionTimestamp: `metadata.annotations`, `spec.type`, `spec.rules`. A path keeps its whole subtree. All
   * else (managedFields, specs nobody reads) is dropped as it arrives, so memory follows what is used. Absent = everything.
   */
  readonly fields?: readonly string[];
  /** Named indexes: the values under which {@link ObjectView.by} finds an object. */
  readonly indexes?: Readonly<Record<string, (object: T) => Iterable<string>>>;
}

/** One change of a view. `initial` marks objects that were there at subscription, or came with the first list. */
export type Change<T> =
  | { readonly type: 'added'; readonly object: T; readonly initial: boolean }
  | { readonly type: 'updated'; readonly object: T; readonly previous: T }
  | { readonly type: 'deleted'; readonly object: T };

/** Where the reflector behind a view stands. `absent`: the API server does not know the kind (its CRD is not installed). */
export type ViewState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'listing' }
  | { readonly phase: 'watching'; readonly resourceVersion: string }
  | { readonly phase: 'waiting'; readonly attempt: number; readonly retryInMs: number; readonly error: unknown }
  | { readonly phase: 'absent' }
  | { readonly phase: 'stopped' };

/**
 * A local copy of the objects of one kind, kept true by watch. Reads are synchronous. Objects are frozen in meaning: never
 * change one.
 */
export interface ObjectView<T extends KubernetesObject = KubernetesObject> {
  /**
   * Resolves once the first full list has been delivered to all subscribers. An absent kind counts as synced and empty; when
   * its CRD appears, its objects follow as changes. Never rejects; stays pending while the API server cannot be reached.
   */
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
  /**
   * Resolves once the view is synced and includes all that had been written to its scope, by anybody, when this was called: what a new
   * writer waits for before it builds on what the last one left. A watch may lag, so that takes a consistent read; the view itself is
   * filled by its watch alone, and what is missing is waited for, also while the watch is down. An absent kind has caught up; the
   * manifests driver always has. Failed reads are repeated. Rejects with the signal's reason when that aborts, and, once synced, with
   * SM_CLUSTER_UNAVAILABLE when the cluster stops.
   */
  caughtUp(signal: AbortSignal): Promise<void>;
  readonly size: number;
  state(): ViewState;
  get(key: ObjectKey): T | undefined;
  list(): Iterable<T>;
  /** Objects that the named index files under `value`. Throws RangeError for an index that no scope declared. */
  by(index: string, value: string): Iterable<T>;
  /**
   * Delivers every object present now as `added` (initial), synchronously, then each change in order. An exception in a listener
   * is logged and counted; it harms neither the view nor other listeners.
   */
  subscribe(listener: (change: Change<T>) => void): Disposable;
}
