import { addressProblemAnnotation } from '@seamark/common/cluster';
import type { Service } from '@seamark/common/model';
import { decide, formatDecision } from '@seamark/common/reasons';
import { describe, expect, test } from 'vitest';
import { dnsEndpoint, ingress } from '../testing/objects.ts';
import { alphaAnnotationPrefix as alpha, currentAnnotationPrefix as current } from './annotations.ts';
import { deriveDnsEndpoint } from './crd.ts';
import type { Derivation } from './derivation.ts';
import { deriveIngress } from './ingress.ts';
import { deriveService } from './service.ts';
import { type SourceOptions, resolveSourceOptions } from './source-options.ts';
import { deriveUnused } from './unused-source.ts';

function service(annotations: Record<string, string>, spec: Service['spec'], status?: Service['status']): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'web', name: 'web', annotations },
    spec,
    ...(status === undefined ? {} : { status }),
  };
}

const lines = (derivation: Derivation): string[] =>
  derivation.decisions.map((input) => formatDecision(decide(input as Parameters<typeof decide>[0], 0)));
const records = (derivation: Derivation): string[] =>
  derivation.endpoints.map(
    ({ endpoint }) =>
      `${endpoint.dnsName} ${endpoint.recordType} ${endpoint.targets.join(' ')}${endpoint.recordTTL === undefined ? '' : ` ${endpoint.recordTTL}`}`,
  );
const ofService = (object: Service, options: SourceOptions = {}): Derivation => deriveService(object, resolveSourceOptions(options));

const assigned = (ip: string): Service['status'] => ({ loadBalancer: { ingress: [{ ip }] } });

describe('annotations under two prefixes', () => {
  test.each([
    ['the old prefix', { [`${alpha}hostname`]: 'old.example.org' }, {}, ['old.example.org A 192.0.2.1']],
    ['the new prefix', { [`${current}hostname`]: 'new.example.org' }, {}, ['new.example.org A 192.0.2.1']],
    [
      'both: the new one wins',
      { [`${alpha}hostname`]: 'old.example.org', [`${current}hostname`]: 'new.example.org' },
      {},
      ['new.example.org A 192.0.2.1'],
    ],
    ['one key each', { [`${alpha}hostname`]: 'old.example.org', [`${current}ttl`]: '1m30s' }, {}, ['old.example.org A 192.0.2.1 90']],
    [
      'the old prefix first',
      { [`${alpha}hostname`]: 'old.example.org', [`${current}hostname`]: 'new.example.org' },
      { annotationPrefixes: [alpha, current] },
      ['old.example.org A 192.0.2.1'],
    ],
    ['one prefix alone', { [`${alpha}hostname`]: 'old.example.org' }, { annotationPrefixes: [current] }, []],
    [
      'a prefix of one’s own',
      { 'dns.internal/hostname': 'own.example.org' },
      { annotationPrefixes: ['dns.internal/'] },
      ['own.example.org A 192.0.2.1'],
    ],
  ])('%s', (_what, annotations, options, expected) => {
    expect(records(ofService(service(annotations, { type: 'LoadBalancer' }, assigned('192.0.2.1')), options))).toEqual(expected);
  });
});

describe('Services', () => {
  const named = { [`${alpha}hostname`]: 'web.example.org' };
  test.each<[string, Service, SourceOptions, string[]]>([
    [
      'externalIPs before the status',
      service(named, { type: 'LoadBalancer', externalIPs: ['192.0.2.7'] }, assigned('192.0.2.1')),
      {},
      ['web.example.org A 192.0.2.7'],
    ],
    [
      'an address and a name in the status',
      service(named, { type: 'LoadBalancer' }, { loadBalancer: { ingress: [{ ip: '192.0.2.1', hostname: 'lb.example.net' }] } }),
      {},
      ['web.example.org A 192.0.2.1', 'web.example.org CNAME lb.example.net'],
    ],
    [
      'internal-hostname with both families',
      service(
        { [`${alpha}internal-hostname`]: 'in.example.org' },
        { type: 'LoadBalancer', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'] },
      ),
      {},
      ['in.example.org A 10.0.0.1', 'in.example.org AAAA fd00::1'],
    ],
    [
      'a ClusterIP with publishInternalServices',
      service(named, { type: 'ClusterIP', clusterIP: '10.0.0.1' }),
      { publishInternalServices: true },
      ['web.example.org A 10.0.0.1'],
    ],
    [
      'an ExternalName',
      service(named, { type: 'ExternalName', externalName: 'db.example.net' }),
      {},
      ['web.example.org CNAME db.example.net'],
    ],
    [
      'targets by annotation on any type',
      service({ ...named, [`${alpha}target`]: '192.0.2.8, lb.example.net.,2001:db8::8' }, { type: 'NodePort' }),
      {},
      ['web.example.org A 192.0.2.8', 'web.example.org AAAA 2001:db8::8', 'web.example.org CNAME lb.example.net'],
    ],
    [
      'blanks in lists',
      service({ [`${alpha}hostname`]: ' a.example.org ,, b.exa mple.org.' }, { type: 'LoadBalancer' }, assigned('192.0.2.1')),
      {},
      ['a.example.org A 192.0.2.1', 'b.example.org A 192.0.2.1'],
    ],
    ['a Service without names', service({}, { type: 'LoadBalancer' }, assigned('192.0.2.1')), {}, []],
  ])('%s', (_what, object, options, expected) => {
    expect(records(ofService(object, options))).toEqual(expected);
  });

  test.each<[string, Service, string]>([
    [
      'B-F1',
      service(named, { type: 'ClusterIP', clusterIP: '10.0.0.1' }),
      'Service web/web is ClusterIP: hostname publishes LoadBalancer addresses (or use internal-hostname)',
    ],
    [
      'B-F2',
      service(
        named,
        { type: 'LoadBalancer' },
        {
          conditions: [
            {
              type: 'seamark.dev/AddressAssigned',
              status: 'False',
              reason: 'PoolFull',
              message: 'Service web/web has no address: pool lan is full (256 of 256)',
              lastTransitionTime: '',
            },
          ],
        },
      ),
      'Service web/web has no address: pool lan is full (256 of 256); its record waits for it',
    ],
    [
      'E-F1',
      service(
        named,
        { type: 'LoadBalancer' },
        {
          conditions: [
            {
              type: 'seamark.dev/AddressAssigned',
              status: 'False',
              reason: 'NoPool',
              message: 'Service web/web cannot get an address: there is no IPAddressPool; create one',
              lastTransitionTime: '',
            },
          ],
        },
      ),
      'Service web/web cannot get an address: there is no IPAddressPool; create one',
    ],
    ['C-F3', service(named, { type: 'LoadBalancer' }), 'web.example.org waits for the address of web/web'],
    [
      'C-F4',
      service({ [`${alpha}hostnmae`]: 'web.example.org' }, { type: 'LoadBalancer' }, assigned('192.0.2.1')),
      `web/web: unknown annotation ${alpha}hostnmae; did you mean ${alpha}hostname?`,
    ],
    [
      'NodePort',
      service(named, { type: 'NodePort' }),
      'no record for web.example.org: Service web/web is NodePort, and publishing the nodes of NodePort Services is not part of this version',
    ],
    ['headless', service(named, { type: 'ClusterIP', clusterIP: 'None' }), 'Service web/web is headless'],
    ['an ExternalName without name', service(named, { type: 'ExternalName' }), 'spec.externalName is empty'],
    [
      'another controller',
      service({ ...named, [`${alpha}controller`]: 'somebody' }, { type: 'LoadBalancer' }, assigned('192.0.2.1')),
      `left out: ${alpha}controller leaves it to somebody`,
    ],
    [
      'a bad name',
      service({ [`${alpha}hostname`]: 'a..b' }, { type: 'LoadBalancer' }, assigned('192.0.2.1')),
      'no record for "a..b" (Service web/web): it contains an empty label ("..")',
    ],
    ['a bad TTL', service({ ...named, [`${alpha}ttl`]: 'soon' }, { type: 'LoadBalancer' }, assigned('192.0.2.1')), 'asks for TTL "soon"'],
  ])('%s says why', (_row, object, sentence) => {
    expect(lines(ofService(object)).join('\n')).toContain(sentence);
  });

  test.each([['hostname'], ['coredns-group'], ['aws-weight'], ['cloudflare-something-new'], ['access']])('the key %s is known', (key) => {
    expect(
      lines(ofService(service({ [alpha + key]: 'x.example.org' }, { type: 'LoadBalancer' }, assigned('192.0.2.1')))).join(),
    ).not.toContain('unknown annotation');
  });

  test('a key that resembles nothing is unknown without a guess', () => {
    expect(lines(ofService(service({ [`${current}zzzzzzzzzzzz`]: '1' }, { type: 'LoadBalancer' })))).toEqual([
      `Service web/web: unknown annotation ${current}zzzzzzzzzzzz; remove it, or correct its name`,
    ]);
  });
});

describe('Ingresses', () => {
  const options = resolveSourceOptions();
  test('A-F3: no host anywhere', () => {
    expect(lines(deriveIngress(ingress('t1/web', [], ['192.0.2.1']), options))).toEqual([
      'Ingress t1/web gives no name: no host in spec.rules or spec.tls, no hostname annotation; set spec.rules[].host',
    ]);
  });

  test('E-F2: no address, by class or by what the publisher knows', () => {
    const object = ingress('demo/nginx', ['nginx.example.org'], [], 'nginx');
    expect(lines(deriveIngress(object, options))[0]).toContain(
      'Ingress demo/nginx has no address: controller of class nginx publishes none; set publishService',
    );
    const explained = {
      ...object,
      metadata: { ...object.metadata, annotations: { [addressProblemAnnotation]: 'controller ingress/nginx has no Service' } },
    };
    expect(lines(deriveIngress(explained, options))[0]).toContain('has no address: controller ingress/nginx has no Service');
  });

  test('an unknown ingress-hostname-source gives no host, and says so', () => {
    const object = ingress('t1/web', ['web.example.org'], ['192.0.2.1']);
    const annotated = { ...object, metadata: { ...object.metadata, annotations: { [`${alpha}ingress-hostname-source`]: 'nowhere' } } };
    const derivation = deriveIngress(annotated, options);
    expect(derivation.endpoints).toEqual([]);
    expect(lines(derivation)[0]).toContain('write one of annotation-only, defined-hosts-only');
  });

  test('a class that is not served is left out', () => {
    const derivation = deriveIngress(
      ingress('t1/web', ['web.example.org'], ['192.0.2.1'], 'other'),
      resolveSourceOptions({ ingressClasses: ['nginx'] }),
    );
    expect(derivation.endpoints).toEqual([]);
    expect(lines(derivation)).toEqual([
      'no record for web.example.org: Ingress t1/web is left out: its class "other" is not among [nginx]',
    ]);
  });
});

describe('DNSEndpoints', () => {
  test('a bad entry drops alone', () => {
    const derivation = deriveDnsEndpoint(
      dnsEndpoint('t1/all', [
        { dnsName: 'good.example.org', recordType: 'A', targets: ['192.0.2.1'] },
        { dnsName: 'dot.example.org', recordType: 'A', targets: ['192.0.2.1.'] },
        { dnsName: 'type.example.org', recordType: 'B', targets: ['x'] },
        { recordType: 'A', targets: ['192.0.2.1'] },
        { dnsName: 'untyped.example.org', targets: ['192.0.2.1'] },
        { dnsName: 'naptr.example.org', recordType: 'NAPTR', targets: ['no final dot'] },
      ]),
      resolveSourceOptions(),
    );
    expect(records(derivation)).toEqual(['good.example.org A 192.0.2.1']);
    expect(derivation.decisions.map((each) => each.topic)).toEqual([1, 2, 3, 4, 5].map((index) => `spec.endpoints[${index}]`));
    expect(lines(derivation)[0]).toBe(
      'DNSEndpoint t1/all: spec.endpoints[1] gives no record: target "192.0.2.1." must not end with a dot; correct spec.endpoints[1]; the other records are published',
    );
  });
});

test('A-F2: names of sources that are off, or not part of this version, are reported', () => {
  const route = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { namespace: 't1', name: 'web' },
    spec: { hostnames: ['web.example.org'] },
  };
  const unused = deriveUnused('gateway-httproute', route, ['service', 'ingress'], [alpha]);
  expect(unused.decisions.map((each) => each.code)).toEqual(['SOURCE_NOT_BUILT']);
  expect(lines(unused)[0]).toContain('HTTPRoute t1/web declares the name, but source gateway-httproute is off (on: ingress, service)');
  const off = deriveUnused('ingress', ingress('t1/web', ['web.example.org'], []), ['service'], [alpha]);
  expect(lines(off)).toEqual([
    'no record for web.example.org: Ingress t1/web declares the name, but source ingress is off (on: service); add --source=ingress',
  ]);
  expect(deriveUnused('service', service({}, { type: 'LoadBalancer' }), ['ingress'], [alpha]).decisions).toEqual([]);
});
