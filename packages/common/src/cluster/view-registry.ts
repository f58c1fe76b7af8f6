import type { KubernetesObject } from '../model/kubernetes-object.ts';
import { apiVersionOf, type Kind } from './kind.ts';
import type { ObjectView, ViewScope } from './object-view.ts';
import { ViewStore } from './view-store.ts';

/** Options of {@link ViewRegistry}. */
export interface ViewRegistryOptions {
  /** Told when a listener or an index function throws. */
  readonly onListenerError: (kind: Kind, error: unknown) => void;
}

/**
 * Decides which views share a store, as Cluster.view promises: before {@link seal}, one store for each kind and set of namespaces, which
 * widens to the union of the declared fields; after it a view gets an existing store that covers it, or a new one.
 */
export class ViewRegistry {
  readonly #options: ViewRegistryOptions;
  readonly #stores: ViewStore[] = [];
  #sealed = false;

  constructor(options: ViewRegistryOptions) {
    this.#options = options;
  }

  /** All stores, in the order in which they were made. */
  get stores(): readonly ViewStore[] {
    return this.#stores;
  }

  /** A view, and its store when that had to be made for it. */
  view<T extends KubernetesObject>(
    kind: Kind<T>,
    scope: ViewScope<T> = {},
  ): { readonly view: ObjectView<T>; readonly created: ViewStore<T> | undefined } {
    const place = placeOf(kind, scope.namespaces);
    const candidates = (this.#stores as unknown as ViewStore<T>[]).filter(
      (store) => placeOf(store.kind, store.namespaces && [...store.namespaces]) === place,
    );
    const existing = this.#sealed ? candidates.find((store) => store.covers(scope)) : candidates[0];
    if (existing !== undefined) return { view: existing.view(scope), created: undefined };
    const store = new ViewStore<T>({ kind, namespaces: scope.namespaces, onListenerError: this.#options.onListenerError });
    this.#stores.push(store as unknown as ViewStore);
    return { view: store.view(scope), created: store };
  }

  /** From now on stores that exist are not widened. */
  seal(): void {
    this.#sealed = true;
  }
}

function placeOf(kind: Kind, namespaces: readonly string[] | undefined): string {
  return `${apiVersionOf(kind)} ${kind.kind} ${namespaces === undefined ? '*' : [...new Set(namespaces)].sort().join(',')}`;
}
