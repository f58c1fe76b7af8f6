import { SeamarkError } from '../errors/index.ts';
import type { KubernetesObject } from '../model/kubernetes-object.ts';
import { formatObjectKey, type ObjectKey } from './object-key.ts';
import { createFieldProjection, type FieldProjection } from './field-projection.ts';
import type { Kind } from './kind.ts';
import { ObjectIndex } from './object-index.ts';
import type { Change, ObjectView, ViewScope, ViewState } from './object-view.ts';

/** Options of {@link ViewStore}. */
export interface ViewStoreOptions<T extends KubernetesObject> {
  readonly kind: Kind<T>;
  /** Absent = all namespaces. */
  readonly namespaces?: readonly string[] | undefined;
  /** Told when a listener or an index function throws. */
  readonly onListenerError: (kind: Kind, error: unknown) => void;
}

interface Subscriber<T> {
  readonly listener: (change: Change<T>) => void;
  /** Number of the last change that it has seen, or that was part of what it was shown at subscription. */
  seen: number;
}

/**
 * The objects of one kind and scope in memory, with what every driver needs for its views: projection to the declared fields, indexes,
 * ordered and isolated delivery. A driver writes ({@link replaceAll}, {@link put}, {@link remove}, {@link state}); components read
 * through the views that {@link view} hands out, all of which share this one copy.
 */
export class ViewStore<T extends KubernetesObject = KubernetesObject> {
  readonly kind: Kind<T>;
  readonly namespaces: ReadonlySet<string> | undefined;
  /** Set by the driver as its reflector moves on. */
  state: ViewState = { phase: 'idle' };
  /**
   * Set by a driver whose objects come later than they are written: resolves once those written so far have come, rejects when the signal
   * aborts or the cluster stops. Called on a synced store only.
   */
  catchUp: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  #projection: FieldProjection | undefined;
  readonly #onListenerError: (kind: Kind, error: unknown) => void;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, ObjectIndex<T>[]>(); // name → one for each function declared under it
  readonly #subscribers = new Set<Subscriber<T>>();
  readonly #pending: { readonly change: Change<T>; readonly number: number }[] = [];
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #changes = 0;
  #delivering = false;

  constructor(options: ViewStoreOptions<T>) {
    this.kind = options.kind;
    this.namespaces = options.namespaces === undefined ? undefined : new Set(options.namespaces);
    this.#onListenerError = options.onListenerError;
  }

  /** What it keeps of each object: the union of the fields that the views handed out have declared. */
  get projection(): FieldProjection {
    return this.#projection ?? createFieldProjection([]);
  }

  /** True when a view of this scope would find all that it declares. */
  covers(scope: ViewScope<T>): boolean {
    return this.projection.covers(createFieldProjection(scope.fields));
  }

  /** True when an object belongs to the scope's namespaces. */
  accepts(key: ObjectKey): boolean {
    return this.namespaces === undefined || (key.namespace !== undefined && this.namespaces.has(key.namespace));
  }

  /**
   * A view on this store. Fields that it declares beyond {@link covers} take effect for objects written later, so a driver widens only
   * before its first write. Indexes may come at any time.
   */
  view(scope: ViewScope<T> = {}): ObjectView<T> {
    const wanted = createFieldProjection(scope.fields);
    this.#projection = this.#projection?.union(wanted) ?? wanted;
    const own = new Map(Object.entries(scope.indexes ?? {}).map(([name, valuesOf]) => [name, this.#index(name, valuesOf)]));
    const objects = this.#objects;
    const isSynced = (): boolean => this.#isSynced;
    return {
      synced: this.#synced.promise,
      get isSynced() {
        return isSynced();
      },
      caughtUp: (signal) => this.#caughtUp(signal),
      get size() {
        return objects.size;
      },
      state: () => this.state,
      get: (key) => this.get(key),
      list: () => this.list(),
      by: (index, value) => {
        const found = own.get(index) ?? this.#indexes.get(index)?.[0];
        if (found === undefined) throw new RangeError(`no view of ${this.kind.plural} declares an index "${index}"`);
        return found.under(value);
      },
      subscribe: (listener) => this.#subscribe(listener),
    };
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(formatObjectKey(key));
  }

  keys(): Iterable<string> {
    return this.#objects.keys();
  }

  list(): Iterable<T> {
    return { [Symbol.iterator]: () => this.#objects.values() };
  }

  /**
   * Takes a full list: what differs from it becomes changes (`initial` until synced), what it lacks becomes `deleted`, and the store is
   * synced when they have been delivered. Objects outside the namespaces are passed over.
   */
  replaceAll(objects: Iterable<T>): void {
    const gone = new Set(this.#objects.keys());
    for (const object of objects) {
      gone.delete(formatObjectKey(object.metadata));
      this.put(object);
    }
    for (const key of gone) this.#remove(key);
    this.markSynced();
  }

  /** Adds or replaces one object; one with the resourceVersion that is there already changes nothing. */
  put(object: T): void {
    if (!this.accepts(object.metadata)) return;
    const key = formatObjectKey(object.metadata);
    const previous = this.#objects.get(key);
    const version = object.metadata.resourceVersion;
    if (previous !== undefined && version !== undefined && previous.metadata.resourceVersion === version) return;
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) {
      // Deleted and made again while nobody watched: two lives, not one change.
      this.#remove(key);
      this.put(object);
      return;
    }
    const kept = this.projection.project(object);
    this.#objects.set(key, kept);
    this.#file(key, previous, kept);
    this.#emit(
      previous === undefined ? { type: 'added', object: kept, initial: !this.#isSynced } : { type: 'updated', object: kept, previous },
    );
  }

  /** Removes one object; nothing happens when it is not there. `last` (as deleted) becomes the object of the change. */
  remove(key: ObjectKey, last?: T): void {
    this.#remove(formatObjectKey(key), last);
  }

  /** Ends the initial phase without a list: the kind is absent, or everything has been put. Idempotent. */
  markSynced(): void {
    if (this.#isSynced) return;
    this.#isSynced = true;
    this.#synced.resolve();
  }

  async #caughtUp(signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#synced.promise, signal);
    if (this.state.phase === 'stopped') throw stoppedError(this.kind);
    try {
      await this.catchUp(signal);
    } catch (error) {
      signal.throwIfAborted();
      throw stoppedError(this.kind, error);
    }
  }

  #remove(key: string, last?: T): void {
    const previous = this.#objects.get(key);
    if (previous === undefined) return;
    this.#objects.delete(key);
    this.#file(key, previous, undefined);
    this.#emit({ type: 'deleted', object: last === undefined ? previous : this.projection.project(last) });
  }

  #index(name: string, valuesOf: (object: T) => Iterable<string>): ObjectIndex<T> {
    let declared = this.#indexes.get(name);
    if (declared === undefined) this.#indexes.set(name, (declared = []));
    const existing = declared.find((index) => index.valuesOf === valuesOf);
    if (existing !== undefined) return existing;
    const index = new ObjectIndex(valuesOf, (error) => this.#onListenerError(this.kind, error));
    for (const [key, object] of this.#objects) index.file(key, undefined, object);
    declared.push(index);
    return index;
  }

  #file(key: string, previous: T | undefined, object: T | undefined): void {
    for (const declared of this.#indexes.values()) for (const index of declared) index.file(key, previous, object);
  }

  #subscribe(listener: (change: Change<T>) => void): Disposable {
    const subscriber: Subscriber<T> = { listener, seen: this.#changes };
    this.#subscribers.add(subscriber);
    const present = [...this.#objects.values()];
    // Changes that the listener itself brings about wait until it has been shown everything.
    this.#inOrder(() => {
      for (const object of present) this.#deliver(subscriber, { type: 'added', object, initial: true });
    });
    return { [Symbol.dispose]: () => void this.#subscribers.delete(subscriber) };
  }

  #emit(change: Change<T>): void {
    this.#changes += 1;
    this.#pending.push({ change, number: this.#changes });
    this.#inOrder(() => undefined);
  }

  /** Runs `first` and then delivers what is pending; inside another delivery, the outer one does the latter, so every listener sees one order. */
  #inOrder(first: () => void): void {
    if (this.#delivering) {
      first();
      return;
    }
    this.#delivering = true;
    try {
      first();
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
        for (const subscriber of this.#subscribers) {
          if (subscriber.seen >= next.number) continue;
          subscriber.seen = next.number;
          this.#deliver(subscriber, next.change);
        }
      }
    } finally {
      this.#delivering = false;
    }
  }

  #deliver(subscriber: Subscriber<T>, change: Change<T>): void {
    try {
      subscriber.listener(change);
    } catch (error) {
      this.#onListenerError(this.kind, error);
    }
  }
}

function stoppedError(kind: Kind, cause?: unknown): SeamarkError {
  return new SeamarkError('SM_CLUSTER_UNAVAILABLE', `the view of ${kind.plural} has stopped`, { cause });
}

/** What the promise gives, or the signal's reason as soon as it aborts. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
