import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '@seamark/testkit';
import type { Service } from '../../model/index.ts';
import { formatDecision } from '../../reasons/index.ts';
import { serviceKind } from '../kind.ts';
import { ClusterIpAllocator } from './cluster-ip-allocator.ts';
import { admitService } from './service-admission.ts';
import { type ManifestFolder, manifestFolder, serviceText } from './testing/manifest-folder.ts';

const serviceOf = (spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'a', namespace: 'default' },
  spec,
});
const four = '10.96.1.0';
const six = 'fd00:10:96::100';

describe('admitService', () => {
  test.each<[what: string, spec: Service['spec'], expected: Partial<Service['spec']>]>([
    ['nothing said', {}, { type: 'ClusterIP', clusterIP: four, clusterIPs: [four], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }],
    ['LoadBalancer', { type: 'LoadBalancer' }, { type: 'LoadBalancer', clusterIP: four }],
    ['NodePort', { type: 'NodePort' }, { type: 'NodePort', clusterIP: four }],
    ['IPv6 alone', { ipFamilies: ['IPv6'] }, { clusterIP: six, clusterIPs: [six], ipFamilies: ['IPv6'] }],
    [
      'dual stack by policy',
      { ipFamilyPolicy: 'PreferDualStack' },
      { clusterIPs: [four, six], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' },
    ],
    [
      'dual stack, IPv6 first',
      { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6'] },
      { clusterIPs: [six, four], ipFamilies: ['IPv6', 'IPv4'] },
    ],
    ['dual stack by families', { ipFamilies: ['IPv6', 'IPv4'] }, { clusterIPs: [six, four], ipFamilyPolicy: 'RequireDualStack' }],
    ['an address of its own', { clusterIP: '10.43.0.9' }, { clusterIP: '10.43.0.9', clusterIPs: ['10.43.0.9'], ipFamilies: ['IPv4'] }],
    ['an IPv6 address of its own', { clusterIP: 'fd00::9' }, { clusterIPs: ['fd00::9'], ipFamilies: ['IPv6'] }],
    ['one own address and dual stack', { clusterIP: '10.96.0.9', ipFamilyPolicy: 'PreferDualStack' }, { clusterIPs: ['10.96.0.9', six] }],
    ['headless', { clusterIP: 'None' }, { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'] }],
    ['ports without protocol', { ports: [{ port: 80 }] }, { ports: [{ port: 80, protocol: 'TCP' }] }],
  ])('fills in a Service with %s', (_what, spec, expected) => {
    expect(admitService(serviceOf(spec), 'a', undefined, new ClusterIpAllocator())).toMatchObject({
      service: { spec: expected },
      problem: undefined,
    });
  });

  test('gives an ExternalName no address', () => {
    const { service } = admitService(
      serviceOf({ type: 'ExternalName', externalName: 'a.example.org' }),
      'a',
      undefined,
      new ClusterIpAllocator(),
    );
    expect(service.spec).toEqual({ type: 'ExternalName', externalName: 'a.example.org' });
  });

  test('says when a range is used up, and when an address of its own is used by another', () => {
    const allocator = new ClusterIpAllocator({ IPv4: '192.0.2.0/30', IPv6: 'fd00::/126' });
    expect(admitService(serviceOf({}), '/Service default/a', undefined, allocator).service.spec.clusterIP).toBe('192.0.2.1');
    expect(admitService(serviceOf({}), '/Service default/b', undefined, allocator).service.spec.clusterIP).toBe('192.0.2.2');
    expect(admitService(serviceOf({}), '/Service default/c', undefined, allocator)).toMatchObject({
      problem: 'no IPv4 clusterIP is free',
      given: undefined,
    });
    expect(admitService(serviceOf({ clusterIP: '192.0.2.1' }), '/Service default/d', undefined, allocator)).toMatchObject({
      problem: 'clusterIP 192.0.2.1 is used by default/a as well',
      service: { spec: { clusterIP: '192.0.2.1' } },
    });
    allocator.release('192.0.2.2', '/Service default/b');
    expect(admitService(serviceOf({}), '/Service default/c', undefined, allocator).service.spec.clusterIP).toBe('192.0.2.2');
  });

  test('never gives one address to two, whatever is taken and given back', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 15 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const allocator = new ClusterIpAllocator({ IPv4: '192.0.2.0/29', IPv6: 'fd00::/125' });
        const held = new Map<string, string>();
        for (const [who, takes] of steps) {
          const holder = `h${who}`;
          const own = held.get(holder);
          if (takes && own === undefined) {
            const address = allocator.take('IPv4', holder);
            // 192.0.2.1-6: all but the network's and the broadcast address.
            expect(address === undefined).toBe(held.size === 6);
            if (address === undefined) continue;
            expect([...held.values()]).not.toContain(address);
            held.set(holder, address);
          } else if (!takes && own !== undefined) {
            allocator.release(own, holder);
            held.delete(holder);
          }
        }
      }),
    );
  });
});

describe('clusterIPs in a folder', () => {
  let folder: ManifestFolder;
  beforeEach(() => {
    folder = manifestFolder();
  });
  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  test('stay when the Service is edited, are given back when it goes, and are released when it becomes another type', async () => {
    folder.write('a.yaml', serviceText('a'));
    const cluster = folder.cluster({ serviceRanges: { IPv4: '192.0.2.0/30', IPv6: 'fd00::/126' } });
    const view = cluster.view(serviceKind);
    await folder.start(cluster);
    await view.synced;
    const ip = (name: string): string | undefined => view.get({ namespace: 'default', name })?.spec.clusterIP;
    const first = ip('a');
    expect(first).toMatch(/^192\.0\.2\.[12]$/);
    folder.write('a.yaml', serviceText('a', { note: 'edited' }));
    folder.write('b.yaml', serviceText('b'));
    await eventually(() => expect(ip('b')).toBeDefined());
    expect(ip('a')).toBe(first);
    folder.write('c.yaml', serviceText('c'));
    await eventually(() =>
      expect(folder.decisions().map(formatDecision)).toEqual([
        expect.stringContaining('Service default/c: no IPv4 clusterIP is free; remove'),
      ]),
    );
    folder.write('a.yaml', serviceText('a').replace('type: LoadBalancer', 'type: ExternalName'));
    await eventually(() => expect(ip('a')).toBeUndefined());
    folder.write('d.yaml', serviceText('d'));
    await eventually(() => expect(ip('d')).toBe(first));
  });
});
