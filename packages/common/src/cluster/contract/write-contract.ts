import { eventually } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';
import { isSeamarkError } from '../../errors/index.ts';
import type { Service } from '../../model/index.ts';
import { leaseKind, serviceKind } from '../kind.ts';
import { contractService, type SetUp } from './contract-setting.ts';

/** What writes and Events promise. */
export function writeContract(setUp: SetUp): void {
  describe('writing', () => {
    const started = async () => {
      const setting = await setUp();
      const view = setting.cluster.view(serviceKind, { namespaces: [setting.namespace] });
      await setting.start();
      await view.synced;
      return { ...setting, view };
    };
    const lease = (namespace: string, holder: string, version?: string) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'seamark', namespace, ...(version === undefined ? {} : { resourceVersion: version }) },
      spec: { holderIdentity: holder, leaseDurationSeconds: 15 },
    });

    test('creates an object once', async () => {
      const { cluster, namespace } = await started();
      const made = await cluster.create(leaseKind, lease(namespace, 'a'));
      expect(made.metadata.resourceVersion).toMatch(/./);
      expect(made.metadata.uid).toMatch(/./);
      expect(await cluster.get(leaseKind, { namespace, name: 'seamark' })).toEqual(made);
      await expect(cluster.create(leaseKind, lease(namespace, 'b'))).rejects.toSatisfy((error) =>
        isSeamarkError(error, 'SM_CLUSTER_CONFLICT'),
      );
    });

    test('replaces an object only when the given version is the present one', async () => {
      const { cluster, namespace } = await started();
      const made = await cluster.create(leaseKind, lease(namespace, 'a'));
      const replaced = await cluster.replace(leaseKind, lease(namespace, 'b', made.metadata.resourceVersion));
      expect(replaced.spec?.holderIdentity).toBe('b');
      expect(replaced.metadata.resourceVersion).not.toBe(made.metadata.resourceVersion);
      expect(replaced.metadata.uid).toBe(made.metadata.uid);
      await expect(cluster.replace(leaseKind, lease(namespace, 'c', made.metadata.resourceVersion))).rejects.toSatisfy((error) =>
        isSeamarkError(error, 'SM_CLUSTER_CONFLICT'),
      );
      expect((await cluster.get(leaseKind, { namespace, name: 'seamark' }))?.spec?.holderIdentity).toBe('b');
    });

    test('lets one of several that replace the same version win', async () => {
      const { cluster, namespace } = await started();
      const made = await cluster.create(leaseKind, lease(namespace, 'a'));
      const tries = await Promise.allSettled(
        ['b', 'c', 'd', 'e'].map((holder) => cluster.replace(leaseKind, lease(namespace, holder, made.metadata.resourceVersion))),
      );
      expect(tries.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      for (const outcome of tries)
        if (outcome.status === 'rejected') expect(isSeamarkError(outcome.reason, 'SM_CLUSTER_CONFLICT')).toBe(true);
    });

    test('does not replace what does not exist', async () => {
      const { cluster, namespace } = await started();
      await expect(cluster.replace(serviceKind, contractService(namespace, 'a'))).rejects.toSatisfy((error) =>
        isSeamarkError(error, 'SM_CLUSTER_NOT_FOUND'),
      );
    });

    test('refuses an object that is invalid', async () => {
      const { cluster, namespace } = await started();
      const invalid = { ...contractService(namespace, 'a'), spec: { type: 'Balancer' } } as unknown as Service;
      await expect(cluster.create(serviceKind, invalid)).rejects.toSatisfy((error) => isSeamarkError(error, 'SM_CLUSTER_REJECTED'));
    });

    test('shows created objects in views', async () => {
      const { cluster, namespace, view } = await started();
      const made = await cluster.create(serviceKind, contractService(namespace, 'made'));
      await eventually(() => expect(view.get({ namespace, name: 'made' })?.metadata.uid).toBe(made.metadata.uid));
    });

    test('applies: makes the object, keeps the fields of others, takes back its own', async () => {
      const { cluster, namespace } = await started();
      const fields = (data: Record<string, string>) => ({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'seamark', namespace, annotations: data },
      });
      await cluster.apply(leaseKind, fields({ a: '1', b: '1' }), { fieldManager: 'seamark-first' });
      await cluster.apply(leaseKind, fields({ c: '1' }), { fieldManager: 'seamark-second' });
      const third = await cluster.apply(leaseKind, fields({ a: '2' }), { fieldManager: 'seamark-first' });
      expect(third.metadata.annotations).toEqual({ a: '2', c: '1' });
      await expect(cluster.apply(leaseKind, fields({ a: '3' }), { fieldManager: 'seamark-second', force: false })).rejects.toSatisfy(
        (error) => isSeamarkError(error, 'SM_CLUSTER_CONFLICT'),
      );
      const taken = await cluster.apply(leaseKind, fields({ a: '3' }), { fieldManager: 'seamark-second' });
      expect(taken.metadata.annotations).toEqual({ a: '3' });
    });

    test('applies annotations to what a user made and leaves the rest', async () => {
      const { cluster, put, namespace, view } = await started();
      await put(contractService(namespace, 'a', { annotations: { own: 'yes' } }));
      await eventually(() => expect(view.size).toBe(1));
      const applied = await cluster.apply(
        serviceKind,
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace, annotations: { ours: 'too' } } },
        { fieldManager: 'seamark-test' },
      );
      expect(applied.metadata.annotations).toMatchObject({ own: 'yes', ours: 'too' });
      expect(applied.spec.selector).toEqual({ app: 'a' });
    });

    test('patches status and annotations by merge, and nothing else', async () => {
      const { cluster, put, namespace, view } = await started();
      await put(contractService(namespace, 'a', { annotations: { own: 'yes' } }));
      await eventually(() => expect(view.size).toBe(1));
      const before = await cluster.get(serviceKind, { namespace, name: 'a' });
      const patched = await cluster.patchStatus(
        serviceKind,
        { namespace, name: 'a' },
        { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }, annotations: { pool: 'lan' } },
      );
      expect(patched.status?.loadBalancer?.ingress).toMatchObject([{ ip: '192.0.2.1' }]);
      expect(patched.metadata.annotations).toMatchObject({ own: 'yes', pool: 'lan' });
      expect(patched.spec).toEqual(before?.spec);
      expect(patched.metadata.generation).toBe(before?.metadata.generation);
      expect(patched.metadata.resourceVersion).not.toBe(before?.metadata.resourceVersion);
      await eventually(() =>
        expect(view.get({ namespace, name: 'a' })?.status?.loadBalancer?.ingress).toMatchObject([{ ip: '192.0.2.1' }]),
      );

      const condition = { type: 'Ready', status: 'True', reason: 'Test', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
      const second = await cluster.patchStatus(
        serviceKind,
        { namespace, name: 'a' },
        { status: { conditions: [condition] }, annotations: { pool: null } },
      );
      expect(second.status?.loadBalancer?.ingress).toMatchObject([{ ip: '192.0.2.1' }]);
      expect(second.status?.conditions).toEqual([condition]);
      expect(second.metadata.annotations?.['pool']).toBeUndefined();

      const third = await cluster.patchStatus(
        serviceKind,
        { namespace, name: 'a' },
        { status: { loadBalancer: { ingress: null }, conditions: null } },
      );
      expect(third.status?.loadBalancer?.ingress).toBeUndefined();
      expect(third.status?.conditions).toBeUndefined();
    });

    test('changes nothing when a status patch says what is so already', async () => {
      const { cluster, put, namespace, view } = await started();
      await put(contractService(namespace, 'a'));
      await eventually(() => expect(view.size).toBe(1));
      const patch = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] } } };
      const first = await cluster.patchStatus(serviceKind, { namespace, name: 'a' }, patch);
      const second = await cluster.patchStatus(serviceKind, { namespace, name: 'a' }, patch);
      expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    });

    test('compares the version of a status patch', async () => {
      const { cluster, put, namespace, view } = await started();
      await put(contractService(namespace, 'a'));
      await eventually(() => expect(view.size).toBe(1));
      const version = view.get({ namespace, name: 'a' })?.metadata.resourceVersion;
      const status = (ip: string) => ({ loadBalancer: { ingress: [{ ip }] } });
      await cluster.patchStatus(serviceKind, { namespace, name: 'a' }, { status: status('192.0.2.1'), resourceVersion: version });
      await expect(
        cluster.patchStatus(serviceKind, { namespace, name: 'a' }, { status: status('192.0.2.2'), resourceVersion: version }),
      ).rejects.toSatisfy((error) => isSeamarkError(error, 'SM_CLUSTER_CONFLICT'));
      expect((await cluster.get(serviceKind, { namespace, name: 'a' }))?.status?.loadBalancer?.ingress).toMatchObject([
        { ip: '192.0.2.1' },
      ]);
    });

    test('keeps the status when the user changes the object, and loses it when the object is made anew', async () => {
      const { cluster, put, remove, namespace, view } = await started();
      await put(contractService(namespace, 'a'));
      await eventually(() => expect(view.size).toBe(1));
      await cluster.patchStatus(serviceKind, { namespace, name: 'a' }, { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } });
      const before = await cluster.get(serviceKind, { namespace, name: 'a' });
      await put(contractService(namespace, 'a', { port: 81 }));
      await eventually(() => expect(view.get({ namespace, name: 'a' })?.spec.ports?.[0]?.port).toBe(81));
      const after = view.get({ namespace, name: 'a' });
      expect(after?.status?.loadBalancer?.ingress).toMatchObject([{ ip: '192.0.2.1' }]);
      expect(after?.spec.clusterIP).toBe(before?.spec.clusterIP);
      expect(after?.metadata.uid).toBe(before?.metadata.uid);
      await remove(contractService(namespace, 'a'));
      await eventually(() => expect(view.size).toBe(0));
      await put(contractService(namespace, 'a'));
      await eventually(() => expect(view.size).toBe(1));
      const anew = view.get({ namespace, name: 'a' });
      expect(anew?.metadata.uid).not.toBe(before?.metadata.uid);
      expect(anew?.status?.loadBalancer?.ingress).toBeUndefined();
    });

    test('does not patch what does not exist', async () => {
      const { cluster, namespace } = await started();
      await expect(cluster.patchStatus(serviceKind, { namespace, name: 'a' }, { status: {} })).rejects.toSatisfy((error) =>
        isSeamarkError(error, 'SM_CLUSTER_NOT_FOUND'),
      );
    });

    test('deletes, also what is gone', async () => {
      const { cluster, namespace } = await started();
      await cluster.create(leaseKind, lease(namespace, 'a'));
      await cluster.delete(leaseKind, { namespace, name: 'seamark' });
      expect(await cluster.get(leaseKind, { namespace, name: 'seamark' })).toBeUndefined();
      await cluster.delete(leaseKind, { namespace, name: 'seamark' });
      await cluster.create(leaseKind, lease(namespace, 'b'));
    });

    test('does not begin a write whose signal has aborted', async () => {
      const { cluster, namespace } = await started();
      await expect(cluster.create(leaseKind, lease(namespace, 'a'), { signal: AbortSignal.abort() })).rejects.toThrow();
      expect(await cluster.get(leaseKind, { namespace, name: 'seamark' })).toBeUndefined();
    });
  });

  describe('Events', () => {
    test('are recorded, and equal ones are counted', async () => {
      const { cluster, put, events, namespace, start } = await setUp();
      await put(contractService(namespace, 'a'));
      const view = cluster.view(serviceKind, { namespaces: [namespace] });
      await start();
      await view.synced;
      const uid = view.get({ namespace, name: 'a' })?.metadata.uid;
      const event = {
        regarding: { kind: 'Service', namespace, name: 'a', apiVersion: 'v1', uid },
        type: 'Warning',
        reason: 'AllocationFailed',
        message: 'no address',
        reportingComponent: 'seamark-test',
      } as const;
      cluster.recordEvent(event);
      cluster.recordEvent(event);
      cluster.recordEvent({ ...event, message: 'something else' });
      await cluster.flushEvents();
      await eventually(async () => {
        const recorded = (await events()).filter((each) => each.name === 'a' && each.reason === 'AllocationFailed');
        expect(recorded.find((each) => each.message === 'something else')?.count).toBe(1);
        expect(recorded.find((each) => each.message === 'no address')?.count).toBe(2);
      });
    });

    test('are taken at any time without throwing', async () => {
      const { cluster } = await setUp();
      cluster.recordEvent({
        regarding: { kind: 'Service', name: '' },
        type: 'Normal',
        reason: 'Test',
        message: '',
        reportingComponent: 'seamark-test',
      });
    });
  });
}
