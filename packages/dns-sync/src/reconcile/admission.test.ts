import { describe, expect, test } from 'vitest';
import { dnsSyncBench } from '../testing/dns-sync-bench.ts';
import { dnsEndpoint, ingress, loadBalancer } from '../testing/objects.ts';

describe('what does not become a record says why', () => {
  test('A-F1: the domain filter, and what to add to it', async () => {
    await using bench = await dnsSyncBench({ domainFilters: ['apps.example.org'] });
    bench.objects.put(ingress('t1/web', ['web.env.example.org', 'web.apps.example.org'], ['192.0.2.1']));
    await bench.sync.idle();
    expect(bench.decisions().toSorted()).toEqual([
      'Ingress t1/web: no record for web.env.example.org: outside domain filter [apps.example.org]; add env.example.org',
      'web.apps.example.org A 192.0.2.1 is published for Ingress t1/web',
    ]);
    bench.objects.put(ingress('t1/web', ['web.apps.example.org'], ['192.0.2.1']));
    expect(bench.decisions()).toHaveLength(1);
  });

  test.each([
    [
      { domainFilters: ['example.org'], excludeDomains: ['int.example.org'] },
      'outside domain filter [example.org, not int.example.org]; remove the exclusion of int.example.org',
    ],
    [{ domainFilters: ['.web.int.example.org'] }, 'outside domain filter [.web.int.example.org]; add int.example.org'],
    [{ regexDomainFilter: '^x' }, 'outside domain filter [/^x/]; let the regular expression match web.int.example.org'],
    [{ regexDomainExclusion: '(?i)WEB' }, 'outside domain filter [not /WEB/]'],
  ])('%j', async (options, sentence) => {
    await using bench = await dnsSyncBench(options);
    bench.objects.put(ingress('t1/web', ['web.int.example.org'], ['192.0.2.1']));
    expect(bench.decisions().join()).toContain(sentence);
  });

  test('A-F2: a source that is off, and one that is not part of this version', async () => {
    await using bench = await dnsSyncBench({ sources: ['service'] });
    bench.objects.put(ingress('t1/web', ['web.example.org'], ['192.0.2.1']));
    bench.objects.put({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { namespace: 't1', name: 'route' },
      spec: { hostnames: ['r.example.org'] },
    } as never);
    await bench.sync.idle();
    expect(await bench.stored()).toEqual({});
    expect(bench.decisions().join('\n')).toContain('Ingress t1/web declares the name, but source ingress is off (on: service)');
    expect(bench.decisions().join('\n')).toContain(
      'HTTPRoute t1/route declares the name, but source gateway-httproute is off (on: service)',
    );
    bench.objects.remove('Ingress', 't1', 'web');
    bench.objects.remove('HTTPRoute', 't1', 'route');
    expect(bench.decisions()).toEqual([]);
  });

  test('A-F4: a DNS server that reads another prefix', async () => {
    await using bench = await dnsSyncBench({ prefix: '/records', servedZones: { prefix: 'skydns', zones: ['env.example.org.'] } });
    bench.objects.put(loadBalancer('t1/web', 'web.env.example.org', ['192.0.2.1']));
    bench.objects.put(loadBalancer('t1/else', 'web.elsewhere.org', ['192.0.2.1']));
    await bench.sync.idle();
    expect(bench.decisions().filter((line) => line.includes('prefix'))).toEqual([
      'web.env.example.org (Service t1/web) is not answered: dns-sync writes under /records/, zone env.example.org reads /skydns/: set one prefix; start dns-sync with --coredns-prefix=/skydns/, or change path of the etcd plugin',
    ]);
  });

  test('types that are not managed, invalid entries, and what the store cannot hold', async () => {
    await using bench = await dnsSyncBench({ managedRecordTypes: ['A', 'NS', 'CNAME'] });
    bench.objects.put(
      dnsEndpoint('t1/all', [
        { dnsName: 'txt.example.org', recordType: 'TXT', targets: ['x'] },
        { dnsName: 'ns.example.org', recordType: 'NS', targets: ['ns1.example.net'] },
        { dnsName: 'bad.example.org', recordType: 'A', targets: ['2001:db8::1'] },
        { dnsName: 'none.example.org', recordType: 'A', targets: [] },
        { dnsName: 'loop.example.org', recordType: 'CNAME', targets: ['loop.example.org'] },
        { dnsName: `${'a'.repeat(60)}.example.org`, recordType: 'CNAME', targets: ['x.example.org'] },
        { dnsName: 'good.example.org', recordType: 'A', targets: ['192.0.2.1'] },
      ]),
    );
    await bench.sync.idle();
    expect([...bench.sync.published()].map((endpoint) => endpoint.dnsName)).toEqual(['good.example.org']);
    const codes = [...bench.reasons.list()].map((each) => each.code);
    expect(codes.toSorted()).toEqual([
      'ENDPOINT_INVALID',
      'ENDPOINT_INVALID',
      'ENDPOINT_INVALID',
      'ENDPOINT_INVALID',
      'RECORD_PUBLISHED',
      'RECORD_TYPE_NOT_MANAGED',
      'UNSUPPORTED_BY_STORE',
    ]);
    expect(bench.decisions().join('\n')).toContain('spec.endpoints[3] gives no record: it has no targets');
    expect(bench.decisions().join('\n')).toContain('its ownership record cannot be named cname-aaaa');
  });

  test('a waiting record follows when the address comes, and the waiting ends', async () => {
    await using bench = await dnsSyncBench();
    bench.objects.put(loadBalancer('web/web', 'web.example.org', []));
    expect(bench.decisions()).toEqual([
      'web.example.org waits for the address of web/web: Service web/web has no address yet; its record waits for it; see why the address is missing',
    ]);
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1']));
    await bench.sync.idle();
    expect(bench.decisions()).toEqual(['web.example.org A 192.0.2.1 is published for Service web/web']);
  });
});

describe('options', () => {
  test.each([
    [{ policy: 'delete-all' as never }, 'policy "delete-all"'],
    [{ sources: ['pod' as never] }, 'source "pod"'],
    [{ managedRecordTypes: ['A', 'HINFO'] }, '"HINFO"'],
    [{ txtPrefix: 'a', txtSuffix: 'b' }, 'exclude each other'],
    [{ txtOwnerId: 'a,b' }, 'txt-owner-id'],
    [{ labelFilter: 'a in (' }, 'label filter'],
    [{ annotationPrefixes: ['no-slash'] }, 'does not end with a slash'],
    [{ domainFilters: ['a..b'] }, 'domain filter "a..b"'],
    [{ regexDomainFilter: '(' }, 'not a regular expression'],
    [{ serviceTypes: ['Balancer'] }, 'service type "Balancer"'],
  ])('%j is refused', async (options, problem) => {
    await expect(dnsSyncBench({ ...options, start: false })).rejects.toThrow(
      expect.objectContaining({ code: 'SM_CONFIG_INVALID', message: expect.stringContaining(problem) as string }),
    );
  });

  test('minTtlSeconds is the TTL of records that ask for none', async () => {
    await using bench = await dnsSyncBench({ minTtlSeconds: 45 });
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1']));
    await bench.sync.idle();
    expect([...bench.sync.published()].map((endpoint) => endpoint.recordTTL)).toEqual([45]);
  });

  test('namespaces bound what is seen', async () => {
    await using bench = await dnsSyncBench({ namespaces: ['web'] });
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1']));
    bench.objects.put(loadBalancer('dev/web', 'dev.example.org', ['192.0.2.1']));
    await bench.sync.idle();
    expect([...bench.sync.desired()].map((endpoint) => endpoint.dnsName)).toEqual(['web.example.org']);
  });

  test.each([
    [{ txtPrefix: 'reg.' }, '/skydns/org/example/a-web/reg/'],
    [{ txtPrefix: 'reg-%{record_type}-' }, '/skydns/org/example/reg-a-web/'],
    [{ txtSuffix: '-reg' }, '/skydns/org/example/a-web-reg/'],
  ])('ownership records go where %j says, and are found there', async (options, key) => {
    await using bench = await dnsSyncBench(options);
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1']));
    await bench.sync.idle();
    expect(Object.keys(await bench.stored()).some((each) => each.startsWith(key))).toBe(true);
    bench.objects.remove('Service', 'web', 'web');
    await bench.sync.idle();
    expect(await bench.stored()).toEqual({});
  });
});

describe('a mistake in an object that has a record', () => {
  const endpoint = (targets: readonly string[]) => ({
    apiVersion: 'externaldns.k8s.io/v1alpha1',
    kind: 'DNSEndpoint',
    metadata: { namespace: 'web', name: 'typo' },
    spec: { endpoints: [{ dnsName: 'typo.example.org', recordType: 'A', targets }] },
  });

  test('leaves the record as it is until the object is mended or gone', async () => {
    await using bench = await dnsSyncBench();
    const published = (): readonly string[] => [...bench.sync.published()].flatMap((each) => each.targets);
    bench.objects.put(endpoint(['192.0.2.1']));
    await bench.sync.idle();
    const before = await bench.stored();
    bench.objects.put(endpoint(['192.0.2.1', 'oops']));
    await bench.sync.idle();
    expect(await bench.stored()).toEqual(before);
    expect(bench.decisions().join('\n')).toContain('target "oops"');
    bench.objects.put(endpoint(['192.0.2.2']));
    await bench.sync.idle();
    expect(published()).toEqual(['192.0.2.2']);
    bench.objects.put(endpoint(['oops']));
    await bench.sync.idle();
    bench.objects.remove('DNSEndpoint', 'web', 'typo');
    await bench.sync.idle();
    expect(await bench.stored()).toEqual({});
  });
});
