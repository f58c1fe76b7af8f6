import type { Clock } from '../../controller/clock.ts';
import type { Kind } from '../kind.ts';

/** What is known about a kind that the API server answered 404 for. */
export type KindPresence = 'present' | 'absent' | 'unknown';

/** Knows which custom resource definitions exist, by one watch on their metadata that is opened when somebody first asks. */
export interface CustomKinds {
  /** Waits for the first list of definitions. `unknown`: they cannot be read. */
  lookup(kind: Kind): Promise<KindPresence>;
  /** Resolves when the kind's definition next appears or changes; when definitions cannot be read, after `blindMs`; or when the signal aborts. */
  nextChange(kind: Kind, blindMs: number, signal: AbortSignal): Promise<void>;
}

/** CustomResourceDefinitions themselves; a view of them keeps names only. */
export const customResourceDefinitionKind: Kind = Object.freeze({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
});

/** The view of definitions that {@link createCustomKinds} needs. */
export interface DefinitionView {
  /** Settles at the first list, or at the first failure to get one. */
  readonly settled: Promise<void>;
  readonly isSynced: boolean;
  has(name: string): boolean;
  /** Told of definitions that appear or change from now on. */
  subscribe(listener: (name: string) => void): Disposable;
}

/** Creates {@link CustomKinds}; `open` starts the watch of definitions and is called once at most. */
export function createCustomKinds(open: () => DefinitionView, clock: Clock): CustomKinds {
  let opened: DefinitionView | undefined;
  const view = (): DefinitionView => (opened ??= open());
  const nameOf = (kind: Kind): string => `${kind.plural}.${kind.group}`;
  return {
    async lookup(kind) {
      const definitions = view();
      await definitions.settled;
      if (!definitions.isSynced) return 'unknown';
      return definitions.has(nameOf(kind)) ? 'present' : 'absent';
    },
    nextChange: (kind, blindMs, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) {
          resolve();
          return;
        }
        const definitions = view();
        const wanted = nameOf(kind);
        let subscription: Disposable | undefined;
        let timer: Disposable | undefined;
        const finish = (): void => {
          subscription?.[Symbol.dispose]();
          timer?.[Symbol.dispose]();
          signal.removeEventListener('abort', finish);
          resolve();
        };
        subscription = definitions.subscribe((name) => {
          if (name === wanted) finish();
        });
        if (!definitions.isSynced) timer = clock.schedule(blindMs, finish);
        signal.addEventListener('abort', finish, { once: true });
      }),
  };
}
