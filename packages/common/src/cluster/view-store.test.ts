import { describe, expect, test } from 'vitest';
import type { Service } from '../model/index.ts';
import { serviceKind } from './kind.ts';
import { ViewRegistry } from './view-registry.ts';
import { ViewStore } from './view-store.ts';

const service = (
  name: string,
  version: number,
  more: { readonly uid?: string; readonly namespace?: string; readonly type?: 'ClusterIP' | 'LoadBalancer' } = {},
): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: more.namespace ?? 'default', uid: more.uid ?? `uid-${name}`, resourceVersion: String(version) },
  spec: { type: more.type ?? 'ClusterIP' },
});

const createStore = (namespaces?: readonly string[]) => {
  const errors: unknown[] = [];
  const store = new ViewStore<Service>({ kind: serviceKind, namespaces, onListenerError: (_kind, error) => errors.push(error) });
  return { store, errors };
};

describe('ViewStore', () => {
  test('makes changes of what a new full list differs in', async () => {
    const { store } = createStore();
    const view = store.view();
    const seen: string[] = [];
    view.subscribe(
      (change) =>
        void seen.push(
          `${change.type} ${change.object.metadata.name} ${change.type === 'added' && change.initial ? 'initially' : ''}`.trim(),
        ),
    );
    store.replaceAll([service('a', 1), service('b', 1), service('c', 1)]);
    await view.synced;
    expect(seen.splice(0)).toEqual(['added a initially', 'added b initially', 'added c initially']);
    store.replaceAll([service('a', 1), service('b', 2), service('d', 1)]);
    expect(seen).toEqual(['updated b', 'added d', 'deleted c']);
  });

  test('tells two lives of one name apart', () => {
    const { store } = createStore();
    const seen: string[] = [];
    store.view().subscribe((change) => void seen.push(`${change.type} ${change.object.metadata.uid}`));
    store.put(service('a', 1, { uid: 'first' }));
    store.put(service('a', 2, { uid: 'second' }));
    expect(seen).toEqual(['added first', 'deleted first', 'added second']);
  });

  test('shows every listener one order, also when a listener writes', () => {
    const { store } = createStore();
    const view = store.view();
    const first: string[] = [];
    const second: string[] = [];
    view.subscribe(({ object }) => {
      first.push(`${object.metadata.name}${object.metadata.resourceVersion}`);
      if (object.metadata.resourceVersion === '1') store.put(service(object.metadata.name, 2));
    });
    view.subscribe(({ object }) => void second.push(`${object.metadata.name}${object.metadata.resourceVersion}`));
    store.put(service('a', 1));
    store.put(service('b', 1));
    expect(first).toEqual(['a1', 'a2', 'b1', 'b2']);
    expect(second).toEqual(first);
  });

  test('shows a listener that subscribes in the middle of a delivery nothing twice', () => {
    const { store } = createStore();
    const view = store.view();
    const late: string[] = [];
    view.subscribe((change) => {
      if (change.type === 'updated') view.subscribe((inner) => void late.push(`${inner.type} ${inner.object.metadata.resourceVersion}`));
    });
    store.put(service('a', 1));
    store.put(service('a', 2));
    store.put(service('b', 7));
    expect(late).toEqual(['added 2', 'added 7']);
  });

  test('lets a listener that writes while it is shown what is there see its own change afterwards', () => {
    const { store } = createStore();
    store.put(service('a', 1));
    store.put(service('b', 1));
    const seen: string[] = [];
    store.view().subscribe((change) => {
      seen.push(`${change.type} ${change.object.metadata.name}${change.object.metadata.resourceVersion}`);
      if (change.type === 'added') store.put(service('b', 2));
    });
    expect(seen).toEqual(['added a1', 'added b1', 'updated b2']);
  });

  test('keeps two views’ functions apart that declare an index of one name', () => {
    const { store, errors } = createStore();
    const byName = store.view({ indexes: { key: (object) => [object.metadata.name] } });
    const byType = store.view({ indexes: { key: (object) => [object.spec.type ?? ''] } });
    store.put(service('a', 1));
    store.put(service('a', 2, { type: 'LoadBalancer' }));
    expect([...byName.by('key', 'a')]).toHaveLength(1);
    expect([...byType.by('key', 'ClusterIP')]).toHaveLength(0);
    expect([...byType.by('key', 'LoadBalancer')]).toHaveLength(1);
    const found = byType.by('key', 'LoadBalancer');
    expect([...found]).toEqual([...found]);
    expect(errors).toEqual([]);
  });

  test('tells of listeners that throw', () => {
    const { store, errors } = createStore();
    const defect = new Error('a defect');
    store.view().subscribe(() => {
      throw defect;
    });
    store.put(service('a', 1));
    expect(errors).toEqual([defect]);
  });
});

describe('ViewRegistry', () => {
  test('shares a store for each kind and set of namespaces before it is sealed, and by coverage after', () => {
    const registry = new ViewRegistry({ onListenerError: () => undefined });
    const first = registry.view(serviceKind, { namespaces: ['a', 'b'], fields: ['spec'] });
    expect(first.created).toBeDefined();
    expect(registry.view(serviceKind, { namespaces: ['b', 'a'], fields: ['status'] }).created).toBeUndefined();
    expect(registry.view(serviceKind, { fields: ['spec'] }).created).toBeDefined();
    registry.seal();
    expect(registry.view(serviceKind, { namespaces: ['a', 'b'], fields: ['spec.type', 'status.loadBalancer'] }).created).toBeUndefined();
    expect(registry.view(serviceKind, { namespaces: ['a', 'b'], fields: ['metadata.labels'] }).created).toBeDefined();
    expect(registry.view(serviceKind).created).toBeDefined();
    expect(registry.view(serviceKind, { fields: ['metadata.labels'] }).created).toBeUndefined();
    expect(registry.stores).toHaveLength(4);
  });
});
