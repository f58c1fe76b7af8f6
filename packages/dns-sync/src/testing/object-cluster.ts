import type { Change, Cluster, Kind, ObjectView, ViewScope } from '@seamark/common/cluster';
import { type KubernetesObject, objectRefKey } from '@seamark/common/model';

/**
 * A cluster of objects that a test puts and removes; changes are delivered at once. `hold` keeps a kind unsynced and empty, as when
 * the API server cannot be reached, until `release`.
 */
export class ObjectCluster {
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #listeners = new Map<string, Set<(change: Change<KubernetesObject>) => void>>();
  readonly #held = new Map<string, PromiseWithResolvers<void>>();

  /** What dns-sync sees. Everything but `view` throws. */
  readonly cluster = { driver: 'manifests', view: (kind: Kind, scope?: ViewScope) => this.#view(kind, scope) } as unknown as Cluster;

  put(object: KubernetesObject): void {
    const key = objectRefKey({ kind: object.kind, ...object.metadata });
    const previous = this.#objects.get(key);
    this.#objects.set(key, object);
    this.#tell(object.kind, previous === undefined ? { type: 'added', object, initial: false } : { type: 'updated', object, previous });
  }

  remove(kind: string, namespace: string, name: string): void {
    const key = objectRefKey({ kind, namespace, name });
    const object = this.#objects.get(key);
    if (object === undefined) throw new Error(`${key} does not exist`);
    this.#objects.delete(key);
    this.#tell(kind, { type: 'deleted', object });
  }

  hold(kind: string): void {
    this.#held.set(kind, Promise.withResolvers());
  }

  release(kind: string): void {
    const held = this.#held.get(kind);
    this.#held.delete(kind);
    for (const object of this.#objects.values()) if (object.kind === kind) this.#tell(kind, { type: 'added', object, initial: true });
    held?.resolve();
  }

  #tell(kind: string, change: Change<KubernetesObject>): void {
    if (this.#held.has(kind)) return;
    for (const listener of this.#listeners.get(kind) ?? []) listener(change);
  }

  #view(kind: Kind, scope: ViewScope | undefined): ObjectView<KubernetesObject> {
    const inScope = (object: KubernetesObject): boolean => scope?.namespaces?.includes(object.metadata.namespace ?? '') ?? true;
    const listeners = new Set<(change: Change<KubernetesObject>) => void>();
    const list = (): KubernetesObject[] => [...this.#objects.values()].filter((object) => object.kind === kind.kind && inScope(object));
    const all = this.#listeners.get(kind.kind) ?? new Set();
    this.#listeners.set(kind.kind, all);
    const held = this.#held;
    return {
      get synced() {
        return held.get(kind.kind)?.promise ?? Promise.resolve();
      },
      get isSynced() {
        return !held.has(kind.kind);
      },
      caughtUp: () => held.get(kind.kind)?.promise ?? Promise.resolve(),
      get size() {
        return list().length;
      },
      state: () => ({ phase: 'watching', resourceVersion: '1' }),
      get: (key) => list().find(({ metadata }) => metadata.name === key.name && metadata.namespace === key.namespace),
      list,
      by: () => [],
      subscribe(listener) {
        const filtered = (change: Change<KubernetesObject>): void => {
          if (inScope(change.object)) listener(change);
        };
        listeners.add(filtered);
        all.add(filtered);
        if (!held.has(kind.kind)) for (const object of list()) listener({ type: 'added', object, initial: true });
        return { [Symbol.dispose]: () => void all.delete(filtered) };
      },
    };
  }
}
