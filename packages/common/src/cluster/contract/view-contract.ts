import { eventually } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';
import type { Ingress, Service } from '../../model/index.ts';
import { ingressKind, serviceKind } from '../kind.ts';
import type { Change } from '../object-view.ts';
import { absentKind, contractService, describeChange, namesOf, type SetUp } from './contract-setting.ts';

/** What views promise. */
export function viewContract(setUp: SetUp): void {
  describe('views', () => {
    test('deliver what was there before the start as initial additions, and are synced then', async () => {
      const { cluster, put, namespace, start } = await setUp();
      await put(contractService(namespace, 'a'), contractService(namespace, 'b'));
      const view = cluster.view(serviceKind, { namespaces: [namespace] });
      const seen: string[] = [];
      view.subscribe((change) => void seen.push(describeChange(change)));
      expect(view.isSynced).toBe(false);
      expect(view.state().phase).toBe('idle');
      await start();
      await view.synced;
      expect(seen.sort()).toEqual(['added initially a', 'added initially b']);
      expect(view.isSynced).toBe(true);
      expect(view.size).toBe(2);
      expect(namesOf(view.list())).toEqual(['a', 'b']);
      expect(view.get({ namespace, name: 'a' })?.metadata.name).toBe('a');
      expect(view.get({ namespace, name: 'c' })).toBeUndefined();
      await eventually(() => expect(view.state().phase).toBe('watching'));
    });

    test('are synced and empty when there is nothing', async () => {
      const { cluster, namespace, start } = await setUp();
      const view = cluster.view(serviceKind, { namespaces: [namespace] });
      await start();
      await view.synced;
      expect(view.size).toBe(0);
    });

    test('deliver additions, updates with the previous object, and deletions in their order', async () => {
      const { cluster, put, remove, namespace, start } = await setUp();
      const view = cluster.view(serviceKind, { namespaces: [namespace] });
      const changes: Change<Service>[] = [];
      view.subscribe((change) => void changes.push(change));
      await start();
      await view.synced;
      await put(contractService(namespace, 'a', { annotations: { turn: '1' } }));
      await eventually(() => expect(changes).toHaveLength(1));
      await put(contractService(namespace, 'a', { annotations: { turn: '2' } }));
      await eventually(() => expect(changes).toHaveLength(2));
      await remove(contractService(namespace, 'a'));
      await eventually(() => expect(changes).toHaveLength(3));
      expect(changes.map(describeChange)).toEqual(['added a', 'updated a', 'deleted a']);
      const [, updated, deleted] = changes;
      if (updated?.type !== 'updated') throw new Error('unreachable');
      expect(updated.previous.metadata.annotations?.['turn']).toBe('1');
      expect(updated.object.metadata.annotations?.['turn']).toBe('2');
      expect(updated.object.metadata.resourceVersion).not.toBe(updated.previous.metadata.resourceVersion);
      expect(updated.object.metadata.uid).toBe(updated.previous.metadata.uid);
      expect(deleted?.object.metadata.uid).toBe(updated.object.metadata.uid);
      expect(view.size).toBe(0);
    });

    test('never go back: of many changes of one object each delivered one is later than the one before', async () => {
      const { cluster, put, namespace, start } = await setUp();
      const view = cluster.view(serviceKind, { namespaces: [namespace] });
      const turns: number[] = [];
      view.subscribe((change) => void turns.push(Number(change.object.metadata.annotations?.['turn'])));
      await start();
      await view.synced;
      for (let turn = 1; turn <= 30; turn += 1) await put(contractService(namespace, 'a', { annotations: { turn: String(turn) } }));
      await eventually(() => expect(turns.at(-1)).toBe(30));
      expect(turns).toEqual([...turns].sort((a, b) => a - b));
      expect(new Set(turns).size).toBe(turns.length);
    });

    test('show a later subscriber what is there at once, as initial additions', async () => {
      const { cluster, put, namespace, start } = await setUp();
      await put(contractService(namespace, 'a'));
      const view = cluster.view(serviceKind, { namespaces: [namespace] });
      await start();
      await view.synced;
      const seen: string[] = [];
      const subscription = view.subscribe((change) => void seen.push(describeChange(change)));
      expect(seen).toEqual(['added initially a']);
      await put(contractService(namespace, 'b'));
      await eventually(() => expect(seen).toEqual(['added initially a', 'added b']));
      subscription[Symbol.dispose]();
      await put(contractService(namespace, 'c'));
      await eventually(() => expect(view.get({ namespace, name: 'c' })).toBeDefined());
      expect(seen).toHaveLength(2);
    });

    test('isolate listeners: one that throws harms neither the view nor the others', async () => {
      const { cluster, put, namespace, start } = await setUp();
      await put(contractService(namespace, 'a'));
      const view = cluster.view(serviceKind, { namespaces: [namespace] });
      const seen: string[] = [];
      view.subscribe(() => {
        throw new Error('a defect of a component');
      });
      view.subscribe((change) => void seen.push(describeChange(change)));
      await start();
      await view.synced;
      await put(contractService(namespace, 'b'));
      await eventually(() => expect(seen).toEqual(['added initially a', 'added b']));
    });

    test('keep the declared fields and what identifies an object, and drop the rest', async () => {
      const { cluster, put, namespace, start } = await setUp();
      await put(contractService(namespace, 'a', { annotations: { note: 'kept' }, labels: { app: 'dropped' } }));
      const view = cluster.view(serviceKind, { namespaces: [namespace], fields: ['metadata.annotations', 'spec.type', 'spec.ports.port'] });
      await start();
      await view.synced;
      const object = view.get({ namespace, name: 'a' });
      expect(object).toMatchObject({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'a', namespace },
        spec: { type: 'LoadBalancer' },
      });
      expect(object?.metadata.annotations?.['note']).toBe('kept');
      expect(object?.metadata.uid).toBeTypeOf('string');
      expect(object?.metadata.resourceVersion).toBeTypeOf('string');
      expect(object?.spec.ports).toEqual([{ port: 80 }]);
      expect(object?.metadata.labels).toBeUndefined();
      expect(object?.spec.selector).toBeUndefined();
      expect(object?.spec.clusterIP).toBeUndefined();
    });

    test('of one kind and scope keep the union of what was declared before the start', async () => {
      const { cluster, put, namespace, start } = await setUp();
      await put(contractService(namespace, 'a', { labels: { app: 'a' } }));
      const first = cluster.view(serviceKind, { namespaces: [namespace], fields: ['spec.type'] });
      const second = cluster.view(serviceKind, { namespaces: [namespace], fields: ['metadata.labels'] });
      await start();
      await Promise.all([first.synced, second.synced]);
      for (const view of [first, second]) {
        expect(view.get({ namespace, name: 'a' })).toMatchObject({ metadata: { labels: { app: 'a' } }, spec: { type: 'LoadBalancer' } });
      }
    });

    test('find objects by index, through changes', async () => {
      const { cluster, put, remove, namespace, start } = await setUp();
      const owner = (object: Service): Iterable<string> => object.metadata.annotations?.['owner']?.split(',') ?? [];
      const view = cluster.view(serviceKind, { namespaces: [namespace], fields: ['metadata.annotations'], indexes: { owner } });
      await put(
        contractService(namespace, 'a', { annotations: { owner: 'red,blue' } }),
        contractService(namespace, 'b', { annotations: { owner: 'red' } }),
        contractService(namespace, 'c'),
      );
      await start();
      await view.synced;
      expect(namesOf(view.by('owner', 'red'))).toEqual(['a', 'b']);
      expect(namesOf(view.by('owner', 'blue'))).toEqual(['a']);
      expect(namesOf(view.by('owner', 'green'))).toEqual([]);
      await put(contractService(namespace, 'a', { annotations: { owner: 'green' } }));
      await eventually(() => expect(namesOf(view.by('owner', 'green'))).toEqual(['a']));
      expect(namesOf(view.by('owner', 'blue'))).toEqual([]);
      await remove(contractService(namespace, 'b'));
      await eventually(() => expect(namesOf(view.by('owner', 'red'))).toEqual([]));
      expect(() => view.by('colour', 'red')).toThrow(RangeError);
    });

    test('survive an index function that throws', async () => {
      const { cluster, put, namespace, start } = await setUp();
      await put(contractService(namespace, 'a'), contractService(namespace, 'b'));
      const view = cluster.view(serviceKind, {
        namespaces: [namespace],
        indexes: {
          name: (object) => {
            if (object.metadata.name === 'a') throw new Error('a defect of a component');
            return [object.metadata.name];
          },
        },
      });
      await start();
      await view.synced;
      expect(view.size).toBe(2);
      expect(namesOf(view.by('name', 'b'))).toEqual(['b']);
    });

    test('cover only the namespaces of their scope', async () => {
      const { cluster, put, namespace, start } = await setUp();
      const other = `${namespace}-other`;
      await put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } });
      await put(contractService(namespace, 'a'), contractService(other, 'b'));
      const own = cluster.view(serviceKind, { namespaces: [namespace] });
      const both = cluster.view(serviceKind, { namespaces: [namespace, other] });
      const all = cluster.view(serviceKind);
      await start();
      await Promise.all([own.synced, both.synced, all.synced]);
      expect(namesOf(own.list())).toEqual(['a']);
      expect(namesOf(both.list())).toEqual(['a', 'b']);
      expect(namesOf(all.list())).toEqual(expect.arrayContaining(['a', 'b']));
      await put(contractService(other, 'c'), contractService(namespace, 'd'));
      await eventually(() => expect(namesOf(both.list())).toEqual(['a', 'b', 'c', 'd']));
      await eventually(() => expect(namesOf(own.list())).toEqual(['a', 'd']));
    });

    test('of a kind that the cluster does not have are synced and empty', async () => {
      const { cluster, namespace, start } = await setUp();
      const view = cluster.view(absentKind, { namespaces: [namespace] });
      await start();
      await view.synced;
      expect(view.size).toBe(0);
    });

    test('may be declared after the start: covered ones share, others fill by themselves', async () => {
      const { cluster, put, namespace, start } = await setUp();
      await put(contractService(namespace, 'a', { labels: { app: 'a' } }));
      const early = cluster.view(serviceKind, { namespaces: [namespace], fields: ['spec'] });
      await start();
      await early.synced;
      const covered = cluster.view(serviceKind, {
        namespaces: [namespace],
        fields: ['spec.type'],
        indexes: { type: (object) => [object.spec.type ?? ''] },
      });
      expect(covered.isSynced).toBe(true);
      expect(namesOf(covered.by('type', 'LoadBalancer'))).toEqual(['a']);
      const wider = cluster.view(serviceKind, { namespaces: [namespace], fields: ['metadata.labels'] });
      await wider.synced;
      expect(wider.get({ namespace, name: 'a' })?.metadata.labels).toEqual({ app: 'a' });
      expect(early.get({ namespace, name: 'a' })?.metadata.labels).toBeUndefined();
      await put(contractService(namespace, 'b', { labels: { app: 'b' } }));
      for (const view of [early, covered, wider]) await eventually(() => expect(namesOf(view.list())).toEqual(['a', 'b']));
    });

    test('of a kind that nobody had viewed before may be declared after the start', async () => {
      const { cluster, put, namespace, start } = await setUp();
      await put({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'web', namespace },
        spec: { rules: [{ host: 'web.example.org' }] },
      } as Ingress);
      const services = cluster.view(serviceKind, { namespaces: [namespace] });
      await start();
      await services.synced;
      const view = cluster.view(ingressKind, { namespaces: [namespace] });
      const seen: string[] = [];
      view.subscribe((change) => void seen.push(describeChange(change)));
      await view.synced;
      expect(seen).toEqual(['added initially web']);
      expect(view.get({ namespace, name: 'web' })?.spec?.rules?.[0]?.host).toBe('web.example.org');
    });

    test('that have caught up include every earlier write', async () => {
      const { cluster, put, namespace, start } = await setUp();
      await put(contractService(namespace, 'first'));
      const view = cluster.view(serviceKind, { namespaces: [namespace], fields: ['metadata.annotations', 'status'] });
      const { signal } = new AbortController();
      await start();
      await view.caughtUp(signal);
      expect(view.isSynced).toBe(true);
      expect(namesOf(view.list())).toEqual(['first']);
      for (let round = 0; round < 10; round += 1) {
        const key = { namespace, name: `s${round}` };
        await cluster.create(serviceKind, contractService(namespace, key.name));
        await cluster.patchStatus(serviceKind, key, { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } });
        await cluster.delete(serviceKind, { namespace, name: `s${round - 1}` });
        await view.caughtUp(signal);
        expect(namesOf(view.list())).toEqual(['first', key.name]);
        expect(view.get(key)?.status?.loadBalancer?.ingress).toMatchObject([{ ip: '192.0.2.1' }]);
      }
    });

    test('of an absent kind, and of no namespace, have caught up', async () => {
      const { cluster, namespace, start } = await setUp();
      const absent = cluster.view(absentKind, { namespaces: [namespace] });
      const nowhere = cluster.view(serviceKind, { namespaces: [] });
      await start();
      const { signal } = new AbortController();
      await Promise.all([absent.caughtUp(signal), nowhere.caughtUp(signal)]);
      expect([absent.size, nowhere.size]).toEqual([0, 0]);
    });

    test('that have not been started catch up when they have been; whoever waits may give up', async () => {
      const { cluster, put, namespace, start } = await setUp();
      await put(contractService(namespace, 'a'));
      const view = cluster.view(serviceKind, { namespaces: [namespace] });
      const impatient = new AbortController();
      const givenUp = view.caughtUp(impatient.signal);
      const patient = view.caughtUp(new AbortController().signal);
      impatient.abort(new Error('enough'));
      await expect(givenUp).rejects.toThrow('enough');
      await expect(view.caughtUp(impatient.signal)).rejects.toThrow('enough');
      await start();
      await patient;
      expect(namesOf(view.list())).toEqual(['a']);
      await expect(view.caughtUp(impatient.signal)).rejects.toThrow('enough');
    });

    test('that have stopped do not catch up', async () => {
      const { cluster, namespace, start, stop } = await setUp();
      const view = cluster.view(serviceKind, { namespaces: [namespace] });
      await start();
      await view.synced;
      stop();
      await expect(view.caughtUp(new AbortController().signal)).rejects.toMatchObject({ code: 'SM_CLUSTER_UNAVAILABLE' });
    });

    test('stop with the signal', async () => {
      const { cluster, put, namespace, start, stop } = await setUp();
      const view = cluster.view(serviceKind, { namespaces: [namespace] });
      await start();
      await view.synced;
      stop();
      await eventually(() => expect(view.state().phase).toBe('stopped'));
      await put(contractService(namespace, 'a'));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(view.size).toBe(0);
    });
  });

  describe('reading', () => {
    test('gives a Service what the API server assigns', async () => {
      const { cluster, put, namespace, start } = await setUp();
      const view = cluster.view(serviceKind, { namespaces: [namespace] });
      await start();
      await view.synced;
      await put(contractService(namespace, 'a'));
      await eventually(() => expect(view.size).toBe(1));
      const object = await cluster.get(serviceKind, { namespace, name: 'a' });
      expect(object?.metadata.uid).toMatch(/./);
      expect(object?.metadata.resourceVersion).toBe(view.get({ namespace, name: 'a' })?.metadata.resourceVersion);
      expect(Date.parse(object?.metadata.creationTimestamp ?? '')).toBeGreaterThan(0);
      expect(object?.spec.clusterIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(object?.spec.clusterIPs).toEqual([object?.spec.clusterIP]);
      expect(object?.spec.ipFamilies).toEqual(['IPv4']);
    });

    test('gets objects whole past all views, also of kinds that nobody views', async () => {
      const { cluster, put, namespace, start } = await setUp();
      await put(contractService(namespace, 'a', { labels: { app: 'a' } }));
      await put({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'web', namespace },
        spec: { rules: [{ host: 'web.example.org' }] },
      } as Ingress);
      const view = cluster.view(serviceKind, { namespaces: [namespace], fields: [] });
      await start();
      await view.synced;
      expect(await cluster.get(serviceKind, { namespace, name: 'a' })).toMatchObject({
        metadata: { labels: { app: 'a' } },
        spec: { selector: { app: 'a' } },
      });
      expect(await cluster.get(ingressKind, { namespace, name: 'web' })).toMatchObject({ spec: { rules: [{ host: 'web.example.org' }] } });
      expect(await cluster.get(serviceKind, { namespace, name: 'b' })).toBeUndefined();
    });
  });
}
