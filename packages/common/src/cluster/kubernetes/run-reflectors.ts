import type { Kind } from '../kind.ts';
import type { ViewState } from '../object-view.ts';
import { ViewStore } from '../view-store.ts';
import { catchUp } from './catch-up.ts';
import { type DefinitionView, customResourceDefinitionKind } from './custom-kinds.ts';
import { type Reflector, type ReflectorOptions, createReflector } from './reflector.ts';

/** What all reflectors of a cluster share. */
export type ReflectorParts = Pick<ReflectorOptions, 'client' | 'customKinds' | 'times' | 'metrics' | 'logger' | 'clock' | 'random'>;

/** Fills a store until the signal aborts: with one reflector, or with one for each of its namespaces. */
export function runReflectors(store: ViewStore, parts: ReflectorParts, signal: AbortSignal): void {
  const places = store.namespaces === undefined || !store.kind.namespaced ? [undefined] : [...store.namespaces];
  const unlisted = new Set<string | undefined>(places);
  const reflectors: Reflector[] = [];
  const catchUps: ((signal: AbortSignal) => Promise<void>)[] = [];
  for (const namespace of places) {
    const own = { ...parts, kind: store.kind, namespace, store };
    const reflector = createReflector({
      ...own,
      onListed() {
        unlisted.delete(namespace);
        if (unlisted.size === 0) store.markSynced();
      },
      onState() {
        store.state = combinedState(reflectors);
        const { phase } = store.state;
        const resource = store.kind.plural;
        if (phase === 'absent' || phase === 'stopped') parts.metrics.watching.remove({ resource });
        else parts.metrics.watching.set({ resource }, phase === 'watching' ? 1 : 0);
      },
    });
    reflectors.push(reflector);
    catchUps.push((either) => catchUp({ ...own, reflector }, either));
  }
  store.catchUp = async (caller) => {
    const either = AbortSignal.any([caller, signal]);
    await Promise.all(catchUps.map((run) => run(either)));
  };
  // No namespaces, nothing to wait for.
  if (reflectors.length === 0) store.markSynced();
  for (const reflector of reflectors) void reflector.run(signal);
}

/** The state of several namespaces' reflectors: that of the one furthest from watching. */
function combinedState(reflectors: readonly Reflector[]): ViewState {
  for (const phase of ['stopped', 'waiting', 'listing', 'idle', 'absent', 'watching'] as const) {
    const found = reflectors.find((reflector) => reflector.state().phase === phase);
    if (found !== undefined) return found.state();
  }
  return { phase: 'idle' };
}

/** Opens the watch on the names of custom resource definitions. */
export function openDefinitionView(
  parts: ReflectorParts,
  onListenerError: (kind: Kind, error: unknown) => void,
  signal: AbortSignal,
): DefinitionView {
  const store = new ViewStore({ kind: customResourceDefinitionKind, onListenerError });
  // Schemas are large; names are what we want.
  const view = store.view({ fields: [] });
  const settled = Promise.withResolvers<void>();
  const reflector = createReflector({
    ...parts,
    kind: customResourceDefinitionKind,
    namespace: undefined,
    store,
    customKinds: undefined,
    accept: {
      list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    },
    onListed() {
      store.markSynced();
      settled.resolve();
    },
    onState(state) {
      if (state.phase === 'waiting' || state.phase === 'stopped') settled.resolve();
    },
  });
  void reflector.run(signal);
  return {
    settled: settled.promise,
    get isSynced() {
      return view.isSynced;
    },
    has: (name) => view.get({ name }) !== undefined,
    subscribe: (listener) =>
      view.subscribe((change) => {
        // Definitions that are there already are not news.
        if (change.type !== 'deleted' && !(change.type === 'added' && change.initial)) listener(change.object.metadata.name);
      }),
  };
}
