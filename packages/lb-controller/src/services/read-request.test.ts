import type { Service } from '@seamark/common/model';
import { describe, expect, it } from 'vitest';
import { serviceObject } from '../testing/lb-lab.ts';
import { readRequest } from './read-request.ts';

const v4 = { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] };
const both = { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1', 'fd00::1'] };

describe('the families of a Service', () => {
  it.each<{ readonly title: string; readonly spec: Partial<Service['spec']>; readonly wish: unknown }>([
    { title: 'one clusterIP', spec: v4, wish: { stack: 'single', family: 'IPv4' } },
    { title: 'only the older field', spec: { clusterIP: 'fd00::1' }, wish: { stack: 'single', family: 'IPv6' } },
    {
      title: 'one clusterIP although two are preferred',
      spec: { ...v4, ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] },
      wish: { stack: 'single', family: 'IPv4' },
    },
    { title: 'two clusterIPs', spec: both, wish: { stack: 'require-dual' } },
    { title: 'two required clusterIPs', spec: { ...both, ipFamilyPolicy: 'RequireDualStack' }, wish: { stack: 'require-dual' } },
    {
      title: 'two preferred clusterIPs',
      spec: { ...both, ipFamilyPolicy: 'PreferDualStack' },
      wish: { stack: 'prefer-dual', primary: 'IPv4' },
    },
    {
      title: 'two preferred clusterIPs, IPv6 first',
      spec: { ...both, ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] },
      wish: { stack: 'prefer-dual', primary: 'IPv6' },
    },
  ])('follow from $title', ({ spec, wish }) => {
    expect(readRequest(serviceObject('web', spec), 'default/web')).toEqual({ service: 'default/web', wish });
  });

  it.each<{ readonly spec: Partial<Service['spec']>; readonly code: string }>([
    { spec: {}, code: 'CLUSTER_IP_PENDING' },
    { spec: { clusterIP: '', clusterIPs: [] }, code: 'CLUSTER_IP_PENDING' },
    { spec: { clusterIP: 'None', clusterIPs: ['None'] }, code: 'CLUSTER_IP_PENDING' },
    { spec: { ...v4, ipFamilyPolicy: 'RequireDualStack' }, code: 'CLUSTER_IPS_MISSING' },
  ])('are not known: $code', ({ spec, code }) => {
    expect(readRequest(serviceObject('web', spec), 'default/web')).toMatchObject({ code });
  });
});

describe('what a Service asks for', () => {
  it.each<{ readonly annotations?: Record<string, string>; readonly loadBalancerIP?: string; readonly gets: unknown }>([
    { loadBalancerIP: '192.0.2.1', gets: { addresses: [0xc0000201] } },
    { loadBalancerIP: '::ffff:192.0.2.1', gets: { addresses: [0xc0000201] } },
    { annotations: { 'metallb.io/loadBalancerIPs': ' 192.0.2.1 , ::1 ' }, gets: { addresses: [0xc0000201, 1n] } },
    { annotations: { 'metallb.universe.tf/loadBalancerIPs': '192.0.2.1' }, gets: { addresses: [0xc0000201] } },
    {
      annotations: { 'metallb.io/loadBalancerIPs': '', 'metallb.universe.tf/loadBalancerIPs': '192.0.2.1' },
      gets: { addresses: undefined },
    },
    { annotations: { 'metallb.io/address-pool': 'lan' }, gets: { pool: 'lan' } },
    { annotations: { 'metallb.io/address-pool': '' }, gets: { pool: undefined } },
    { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.1' }, loadBalancerIP: '192.0.2.1', gets: { code: 'ADDRESS_REQUESTED_TWICE' } },
    { annotations: { 'metallb.io/loadBalancerIPs': '' }, loadBalancerIP: '192.0.2.1', gets: { addresses: [0xc0000201] } },
    { loadBalancerIP: '192.0.2.1/32', gets: { code: 'ADDRESS_INVALID', params: { field: 'spec.loadBalancerIP' } } },
    {
      annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.1,192.0.2.2' },
      gets: { code: 'ADDRESS_INVALID', params: { problem: 'same address family: it must be one address of each' } },
    },
    {
      annotations: { 'metallb.universe.tf/loadBalancerIPs': '192.0.2.1,' },
      gets: { code: 'ADDRESS_INVALID', params: { field: 'metallb.universe.tf/loadBalancerIPs' } },
    },
  ])('$annotations $loadBalancerIP', ({ annotations, loadBalancerIP, gets }) => {
    const service = serviceObject('web', { ...v4, ...(loadBalancerIP === undefined ? {} : { loadBalancerIP }) }, annotations);
    expect({ addresses: undefined, pool: undefined, ...readRequest(service, 'default/web') }).toMatchObject(gets as object);
  });
});
