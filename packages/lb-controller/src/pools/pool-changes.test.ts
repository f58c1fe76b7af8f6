import { ipAddressPoolKind, l2AdvertisementKind } from '@seamark/common/cluster';
import { describe, expect, it } from 'vitest';
import { createLbLab, poolObject, serviceObject, startLbLab } from '../testing/lb-lab.ts';

describe('a change of pools', () => {
  it('that renames a pool keeps every address and corrects the annotation', async () => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('old', ['192.0.2.0/30']), serviceObject('web'));
    await Promise.all([
      lab.cluster.delete(ipAddressPoolKind, { namespace: 'metallb-system', name: 'old' }),
      lab.cluster.create(ipAddressPoolKind, poolObject('new', ['192.0.2.0/30'])),
    ]);
    await lab.settle();
    expect(await lab.service('default/web')).toMatchObject({
      ips: ['192.0.2.0'],
      pool: 'new',
      condition: { message: 'Service default/web has 192.0.2.0 from pool new' },
    });
  });

  it('that takes an address away gives another one at once, holders before waiters', async () => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.0/31']), serviceObject('a'), serviceObject('b'), serviceObject('waits'));
    await lab.apply(poolObject('lan', ['192.0.2.1-192.0.2.2']));
    expect(await lab.addresses('a', 'b', 'waits')).toEqual({ a: '192.0.2.2', b: '192.0.2.1', waits: '' });
    await lab.delete('IPAddressPool', 'metallb-system', 'lan');
    expect(await lab.addresses('a', 'b', 'waits')).toEqual({ a: '', b: '', waits: '' });
    expect(lab.decisions('Service', 'a')['address']?.code).toBe('NO_POOLS');
  });

  it('that is a mistake takes no address away and gives none, also after a restart', async () => {
    await using lab = await startLbLab();
    await lab.apply(poolObject('lan', ['192.0.2.0/30']), serviceObject('web'));
    await lab.apply(poolObject('lan', ['192.0.2.0/30', '192.0.2.9']));
    await lab.apply(serviceObject('late'));
    for (let round = 0; round < 2; round += 1) {
      expect(await lab.addresses('web', 'late')).toEqual({ web: '192.0.2.0', late: '' });
      expect(lab.decisions('IPAddressPool', 'lan')).toMatchObject({ pool: { code: 'POOL_INVALID' } });
      expect(await lab.metric('metallb_k8s_client_config_stale_bool')).toBe(1);
      expect(lab.decisions('Service', 'late')).toMatchObject({ address: { code: 'POOL_UNUSABLE' } });
      await lab.startController();
    }
    await lab.apply(poolObject('lan', ['192.0.2.0/30']));
    expect(await lab.addresses('web', 'late')).toEqual({ web: '192.0.2.0', late: '192.0.2.1' });
    expect(lab.decisions('IPAddressPool', 'lan')).toEqual({});
    expect(await lab.metric('metallb_k8s_client_config_stale_bool')).toBe(0);
    expect(await lab.metric('metallb_k8s_client_config_loaded_bool')).toBe(1);
    expect(await lab.metric('seamark_lb_configurations')).toBe(2);
  });

  it('is followed only in the config namespaces', async () => {
    await using lab = await startLbLab();
    await lab.apply({ ...poolObject('rogue', ['192.0.2.0/30']), metadata: { name: 'rogue', namespace: 'tenant' } }, serviceObject('web'));
    expect(lab.decisions('Service', 'web')).toMatchObject({ address: { code: 'NO_POOLS' } });
    await lab.apply({ ...poolObject('own', ['192.0.2.0/30']), metadata: { name: 'own', namespace: 'seamark-system' } });
    expect(await lab.addresses('web')).toEqual({ web: '192.0.2.0' });
  });
});

describe('objects for announcers', () => {
  it('are reported as not acted on for as long as they exist', async () => {
    await using lab = await createLbLab();
    const key = { namespace: 'metallb-system', name: 'lan' };
    const object = { kind: 'L2Advertisement', ...key };
    await lab.startController();
    await lab.cluster.create(l2AdvertisementKind, { apiVersion: 'metallb.io/v1beta1', kind: 'L2Advertisement', metadata: key, spec: {} });
    await lab.settle();
    expect(lab.reasons.of(object)).toMatchObject([{ code: 'OBJECT_NOT_ACTED_ON' }]);
    await lab.cluster.delete(l2AdvertisementKind, key);
    expect(lab.reasons.of(object)).toEqual([]);
  });
});
