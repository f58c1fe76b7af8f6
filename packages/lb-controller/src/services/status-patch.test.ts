import { type Condition, parseAddress, type Service } from '@seamark/common/model';
import { describe, expect, it } from 'vitest';
import { serviceObject } from '../testing/lb-lab.ts';
import { statusPatch, type WantedStatus } from './status-patch.ts';

const nowMs = Date.parse('2026-03-01T10:00:00Z');
const assigned = { reason: 'ADDRESS_ASSIGNED', message: 'has it' };
const addressed = (...texts: readonly string[]): WantedStatus => ({
  phase: 'addressed',
  addresses: texts.map((text) => parseAddress(text)),
  pool: 'lan',
  condition: assigned,
});
const waiting: WantedStatus = { phase: 'waiting', condition: { reason: 'NO_POOLS', message: 'none' } };
const condition = (status: 'True' | 'False', reason: string, message: string): Condition => ({
  type: 'seamark.dev/AddressAssigned',
  status,
  reason,
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const other: Condition = { ...condition('True', 'Fine', ''), type: 'example.org/Other' };

function shown(ips: readonly string[], pool: string | undefined, ...conditions: readonly Condition[]): Service {
  const service = serviceObject('web', {}, pool === undefined ? {} : { 'metallb.io/ip-allocated-from-pool': pool });
  return {
    ...service,
    metadata: { ...service.metadata, resourceVersion: '7' },
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) }, conditions },
  };
}

describe('the status write', () => {
  it.each<{ readonly title: string; readonly service: Service; readonly wanted: WantedStatus }>([
    { title: 'the address is there, with or without our condition', service: shown(['192.0.2.1'], 'lan'), wanted: addressed('192.0.2.1') },
    {
      title: 'the addresses are there in another order',
      service: shown(['2001:DB8::1', '192.0.2.1'], 'lan'),
      wanted: addressed('192.0.2.1', '2001:db8::1'),
    },
    { title: 'a waiting Service says so', service: shown([], undefined, condition('False', 'NO_POOLS', 'none')), wanted: waiting },
    { title: 'there is nothing to clear', service: shown([], undefined, other), wanted: { phase: 'cleared' } },
  ])('is left out when $title', ({ service, wanted }) => {
    expect(statusPatch(service, wanted, nowMs)).toBeUndefined();
  });

  it('carries address, annotation and condition together, IPv4 first, bound to the version that was read', () => {
    expect(
      statusPatch(shown([], undefined, other, condition('False', 'NO_POOLS', 'none')), addressed('2001:db8::1', '192.0.2.1'), nowMs),
    ).toEqual({
      status: {
        loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }] },
        conditions: [other, { ...condition('True', 'ADDRESS_ASSIGNED', 'has it'), lastTransitionTime: '2026-03-01T10:00:00Z' }],
      },
      annotations: { 'metallb.io/ip-allocated-from-pool': 'lan' },
      resourceVersion: '7',
    });
  });

  it('carries only what differs', () => {
    expect(statusPatch(shown(['192.0.2.1'], 'old'), addressed('192.0.2.1'), nowMs)).toEqual({
      status: {},
      annotations: { 'metallb.io/ip-allocated-from-pool': 'lan' },
      resourceVersion: '7',
    });
  });

  it('keeps the time of a condition whose status stays', () => {
    const before = condition('False', 'POOL_FULL', 'full');
    expect(statusPatch(shown([], undefined, before), waiting, nowMs)?.status).toEqual({
      conditions: [condition('False', 'NO_POOLS', 'none')],
    });
  });

  it('removes all that is ours and nothing else', () => {
    const service = shown(['192.0.2.1'], 'lan', other, condition('True', 'ADDRESS_ASSIGNED', 'has it'));
    expect(statusPatch(service, { phase: 'cleared' }, nowMs)).toEqual({
      status: { loadBalancer: { ingress: null }, conditions: [other] },
      annotations: { 'metallb.io/ip-allocated-from-pool': null },
      resourceVersion: '7',
    });
  });

  it.each([
    { title: 'host names', ingress: [{ hostname: 'lb.example.org' }] },
    { title: 'three addresses', ingress: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }, { ip: '2001:db8::1' }] },
    { title: 'nonsense', ingress: [{ ip: 'nonsense' }] },
  ])('replaces $title', ({ ingress }) => {
    const service = { ...shown([], 'lan'), status: { loadBalancer: { ingress } } } as Service;
    expect(statusPatch(service, addressed('192.0.2.1'), nowMs)?.status).toMatchObject({ loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } });
  });
});
