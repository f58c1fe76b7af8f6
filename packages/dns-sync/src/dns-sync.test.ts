import { describe, expect, test } from 'vitest';
import { dnsSyncBench } from './testing/dns-sync-bench.ts';
import { alpha, dnsEndpoint, ingress, loadBalancer } from './testing/objects.ts';

/** Keys without their leaves, each with its value. */
function withoutLeaves(stored: Record<string, unknown>): [string, unknown][] {
  return Object.entries(stored)
    .map(([key, value]): [string, unknown] => [key.replace(/\/[0-9a-f]{8}(?=\/s|$)/, '/*'), value])
    .toSorted(([a, x], [b, y]) => (`${a}${JSON.stringify(x)}` < `${b}${JSON.stringify(y)}` ? -1 : 1));
}

const ownership = (resource: string, owner = 'default'): unknown => ({
  text: `"heritage=external-dns,external-dns/owner=${owner},external-dns/resource=${resource}"`,
  targetstrip: 1,
});

describe('from objects to the store', () => {
  test('a Service gets its addresses and an ownership record, in one revision', async () => {
    await using bench = await dnsSyncBench();
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1', '2001:db8::1'], { [`${alpha}ttl`]: '1m' }));
    await bench.sync.idle();
    expect(withoutLeaves(await bench.stored())).toEqual([
      ['/skydns/org/example/a-web/*', ownership('service/web/web')],
      ['/skydns/org/example/aaaa-web/*', ownership('service/web/web')],
      ['/skydns/org/example/web/*', { host: '192.0.2.1', ttl: 60, targetstrip: 1 }],
      ['/skydns/org/example/web/*', { host: '2001:db8::1', ttl: 60, targetstrip: 1 }],
    ]);
    const { entries } = await bench.store.range({ prefix: '/' });
    expect(new Set(entries.map((entry) => entry.modRevision)).size).toBe(1);
    expect(bench.decisions().toSorted()).toEqual([
      'web.example.org A 192.0.2.1 (TTL 60 s) is published for Service web/web',
      'web.example.org AAAA 2001:db8::1 (TTL 60 s) is published for Service web/web',
    ]);
  });

  test('an Ingress, a DNSEndpoint and a Service of several names', async () => {
    await using bench = await dnsSyncBench({ managedRecordTypes: ['A', 'AAAA', 'CNAME', 'TXT', 'SRV', 'MX'] });
    bench.objects.put(ingress('t1/web', ['web.apps.example.org', 'Shop.apps.example.org'], ['192.0.2.2']));
    bench.objects.put(
      dnsEndpoint('t1/extra', [
        { dnsName: 'txt.example.org', recordType: 'TXT', targets: ['one', 'two'] },
        { dnsName: '_sip._tcp.example.org', recordType: 'SRV', targets: ['10 20 5060 sip.example.org.'], recordTTL: 30 },
        { dnsName: 'mail.example.org', recordType: 'MX', targets: ['10 mx.example.org'] },
        { dnsName: 'alias.example.org', recordType: 'CNAME', targets: ['web.apps.example.org.'] },
      ]),
    );
    bench.objects.put(loadBalancer('t1/many', 'a.example.org., b.example.org', ['192.0.2.3']));
    await bench.sync.idle();
    const data = withoutLeaves(await bench.stored()).filter(([, value]) => !JSON.stringify(value).includes('heritage'));
    expect(data).toEqual([
      ['/skydns/org/example/_tcp/_sip/*/s/s', { host: 'sip.example.org', port: 5060, priority: 10, weight: 20, ttl: 30, targetstrip: 3 }],
      ['/skydns/org/example/a/*', { host: '192.0.2.3', targetstrip: 1 }],
      ['/skydns/org/example/alias/*', { host: 'web.apps.example.org', targetstrip: 1 }],
      ['/skydns/org/example/apps/shop/*', { host: '192.0.2.2', targetstrip: 1 }],
      ['/skydns/org/example/apps/web/*', { host: '192.0.2.2', targetstrip: 1 }],
      ['/skydns/org/example/b/*', { host: '192.0.2.3', targetstrip: 1 }],
      ['/skydns/org/example/mail/*/s/s', { host: 'mx.example.org', priority: 10, mail: true, targetstrip: 3 }],
      ['/skydns/org/example/txt/*', { text: 'one', targetstrip: 1 }],
      ['/skydns/org/example/txt/*', { text: 'two', targetstrip: 1 }],
    ]);
    const desired = [...bench.sync.desired()].map((endpoint) => `${endpoint.dnsName} ${endpoint.recordType}`);
    expect(desired.toSorted()).toEqual(
      [...bench.sync.published()].map((endpoint) => `${endpoint.dnsName} ${endpoint.recordType}`).toSorted(),
    );
    expect(desired).toHaveLength(8);
  });

  test('changes and deletions follow, key by key', async () => {
    await using bench = await dnsSyncBench();
    const events: string[] = [];
    bench.sync.subscribe((event) =>
      events.push(`${event.type} ${event.endpoint.dnsName} ${event.endpoint.recordType} ${event.endpoint.targets.join(' ')}`),
    );
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1', '192.0.2.2']));
    await bench.sync.idle();
    const before = await bench.stored();
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.2', '192.0.2.3']));
    await bench.sync.idle();
    const after = await bench.stored();
    expect(Object.keys(after).filter((key) => key in before)).toHaveLength(2); // the ownership record and the address that stays
    bench.objects.remove('Service', 'web', 'web');
    await bench.sync.idle();
    expect(await bench.stored()).toEqual({});
    expect(events).toEqual([
      'published web.example.org A 192.0.2.1 192.0.2.2',
      'published web.example.org A 192.0.2.2 192.0.2.3',
      'removed web.example.org A 192.0.2.2 192.0.2.3',
    ]);
    expect(bench.decisions()).toEqual([]);
  });

  test('a name that moves from addresses to an alias changes in one step', async () => {
    await using bench = await dnsSyncBench();
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1']));
    await bench.sync.idle();
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1'], { [`${alpha}target`]: 'lb.example.net' }));
    await bench.sync.idle();
    const stored = await bench.store.range({ prefix: '/' });
    expect(withoutLeaves(await bench.stored())).toEqual([
      ['/skydns/org/example/cname-web/*', ownership('service/web/web')],
      ['/skydns/org/example/web/*', { host: 'lb.example.net', targetstrip: 1 }],
    ]);
    expect(new Set(stored.entries.map((entry) => entry.modRevision)).size).toBe(1);
  });

  test('the same state after a restart writes nothing', async () => {
    await using first = await dnsSyncBench({ setUp: (objects) => objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1'])) });
    const { revision } = await first.store.range({ prefix: '/' });
    await first.sync.stop();
    await using second = await dnsSyncBench({
      store: first.store,
      setUp: (objects) => objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1'])),
    });
    expect((await second.store.range({ prefix: '/' })).revision).toBe(revision);
    expect(second.decisions()).toEqual(['web.example.org A 192.0.2.1 is published for Service web/web']);
  });

  test('objects that vanished while nobody looked lose their records at the next start, with the stale ownership records', async () => {
    await using first = await dnsSyncBench({ setUp: (objects) => objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1'])) });
    await first.sync.stop();
    await first.put('/skydns/org/example/a-gone/12345678', ownership('service/web/gone'));
    await first.put('/skydns/org/example/a-theirs/12345678', ownership('service/web/theirs', 'other'));
    await using second = await dnsSyncBench({ store: first.store });
    expect(Object.keys(await second.stored())).toEqual(['/skydns/org/example/a-theirs/12345678']);
  });
});

describe('drift', () => {
  test('a deleted or changed key of ours is written again at once', async () => {
    await using bench = await dnsSyncBench({ setUp: (objects) => objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1'])) });
    const before = await bench.stored();
    for (const key of Object.keys(before)) {
      await bench.delete(key);
      await expect.poll(() => bench.stored()).toEqual(before);
    }
    const dataKey = Object.keys(before).find((key) => key.includes('/web/')) as string;
    await bench.put(dataKey, { host: '198.51.100.9', targetstrip: 1 });
    await expect.poll(() => bench.stored()).toEqual(before);
    await bench.put('/skydns/org/example/web/00000000', { host: '198.51.100.9', targetstrip: 1 });
    await expect.poll(() => bench.stored()).toEqual(before);
  });
});

describe('records of others', () => {
  test('a record without owner, or of another owner, is never touched, and the object says so', async () => {
    await using bench = await dnsSyncBench();
    await bench.put('/skydns/org/example/hand/x', { host: '198.51.100.1', targetstrip: 1 });
    await bench.put('/skydns/org/example/exact', { host: '198.51.100.2' });
    await bench.put('/skydns/org/example/theirs/00000001', { host: '198.51.100.3', targetstrip: 1 });
    await bench.put('/skydns/org/example/a-theirs/00000002', ownership('ingress/shop/web', 'k8s-a'));
    const before = await bench.stored();
    for (const name of ['hand', 'exact', 'theirs'])
      bench.objects.put(loadBalancer(`web/${name}`, `${name}.example.org`, ['192.0.2.1', '2001:db8::1']));
    await expect.poll(() => bench.decisions().length).toBe(6);
    await bench.sync.idle();
    expect(await bench.stored()).toEqual(before);
    expect(bench.decisions()).toContain(
      'no record for theirs.example.org (Service web/theirs): A is owned by k8s-a (ingress/shop/web), we are default and may not change it; remove the foreign record, or use one owner id for both',
    );
    await bench.delete('/skydns/org/example/hand/x');
    await expect.poll(async () => Object.keys(await bench.stored()).filter((key) => key.includes('/hand/'))).toHaveLength(2);
  });

  test('values that cannot be read harm nobody and stay', async () => {
    await using bench = await dnsSyncBench();
    await bench.put('/skydns/org/example/web/bad', 'not json');
    await bench.put('/skydns/org/example/web/worse', { host: 7 });
    await bench.put('/skydns/org/example/web/strip', { host: '192.0.2.9', targetstrip: 40 });
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1']));
    await bench.sync.idle();
    const { entries } = await bench.store.range({ prefix: '/skydns/' });
    expect(entries).toHaveLength(5);
    bench.objects.remove('Service', 'web', 'web');
    await bench.sync.idle();
    expect((await bench.store.range({ prefix: '/skydns/' })).entries.map((entry) => entry.key)).toEqual([
      '/skydns/org/example/web/bad', '/skydns/org/example/web/strip', '/skydns/org/example/web/worse',
    ]); // prettier-ignore
  });
});

describe('records that ExternalDNS left', () => {
  test('random leaves with our owner id are rewritten in place, in one transaction', async () => {
    await using bench = await dnsSyncBench({ start: false });
    await bench.put('/skydns/org/example/web/5f0c3a91', { host: '192.0.2.1', ttl: 60, targetstrip: 1 });
    await bench.put('/skydns/org/example/web/6f0c3a91', { host: '192.0.2.2', ttl: 60, targetstrip: 1 });
    for (const leaf of ['11111111', '22222222']) await bench.put(`/skydns/org/example/a-web/${leaf}`, ownership('service/web/web'));
    const { revision } = await bench.store.range({ prefix: '/' });
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1', '192.0.2.2'], { [`${alpha}ttl`]: '60' }));
    await bench.sync.start(AbortSignal.timeout(20_000));
    await bench.sync.idle();
    const after = await bench.store.range({ prefix: '/' });
    expect(after.revision).toBe(revision + 1);
    expect(withoutLeaves(await bench.stored())).toEqual([
      ['/skydns/org/example/a-web/*', ownership('service/web/web')],
      ['/skydns/org/example/web/*', { host: '192.0.2.1', ttl: 60, targetstrip: 1 }],
      ['/skydns/org/example/web/*', { host: '192.0.2.2', ttl: 60, targetstrip: 1 }],
    ]);
    expect(Object.keys(await bench.stored())).not.toContain('/skydns/org/example/web/5f0c3a91');
  });

  test.each([
    [
      'the owner TXT under the name itself',
      {
        '/skydns/org/example/old/aaaaaaaa': { host: '192.0.2.1', targetstrip: 1 },
        '/skydns/org/example/old/bbbbbbbb': ownership('service/web/old'),
      },
    ],
    [
      'host and ownership in one value (2020)',
      { '/skydns/org/example/old/aaaaaaaa': { host: '192.0.2.1', targetstrip: 1, ...(ownership('service/web/old') as object) } },
    ],
    [
      'a name stored in upper case',
      {
        '/skydns/org/example/OLD/aaaaaaaa': { host: '192.0.2.1', targetstrip: 1 },
        '/skydns/org/example/a-OLD/bbbbbbbb': ownership('service/web/old'),
      },
    ],
  ])('%s is read as ours and becomes today’s layout', async (_what, before) => {
    await using bench = await dnsSyncBench({ start: false });
    for (const [key, value] of Object.entries(before)) await bench.put(key, value);
    bench.objects.put(loadBalancer('web/old', 'old.example.org', ['192.0.2.1']));
    await bench.sync.start(AbortSignal.timeout(20_000));
    await bench.sync.idle();
    expect(withoutLeaves(await bench.stored())).toEqual([
      ['/skydns/org/example/a-old/*', ownership('service/web/old')],
      ['/skydns/org/example/old/*', { host: '192.0.2.1', targetstrip: 1 }],
    ]);
    bench.objects.remove('Service', 'web', 'old');
    await bench.sync.idle();
    expect(await bench.stored()).toEqual({});
  });

  test('a text that is not ours stays when the host beside it in one value changes', async () => {
    await using bench = await dnsSyncBench({ managedRecordTypes: ['A'], registry: 'noop' });
    await bench.put('/skydns/org/example/mixed/aaaaaaaa', { host: '192.0.2.1', text: 'theirs', targetstrip: 1 });
    bench.objects.put(loadBalancer('web/mixed', 'mixed.example.org', ['192.0.2.7']));
    await expect
      .poll(async () => withoutLeaves(await bench.stored()))
      .toEqual([
        ['/skydns/org/example/mixed/*', { host: '192.0.2.7', targetstrip: 1 }],
        ['/skydns/org/example/mixed/*', { text: 'theirs', targetstrip: 1 }],
      ]);
  });
});

describe('nothing is deleted on partial knowledge', () => {
  test('no plan is made before every source has synced', async () => {
    await using first = await dnsSyncBench({
      setUp(objects) {
        objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1']));
        objects.put(ingress('web/ing', ['ing.example.org'], ['192.0.2.2']));
      },
    });
    await first.sync.stop();
    const before = await first.stored();
    await using second = await dnsSyncBench({
      store: first.store,
      start: false,
      setUp(objects) {
        objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1']));
        objects.put(ingress('web/ing', ['ing.example.org'], ['192.0.2.2']));
        objects.hold('Ingress');
      },
    });
    const stop = new AbortController();
    const started = second.sync.start(stop.signal);
    second.objects.put(loadBalancer('web/new', 'new.example.org', ['192.0.2.3']));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(second.sync.notReady()).toBe('sources not synced: ingress');
    expect(await second.stored()).toEqual(before);
    second.objects.release('Ingress');
    await started;
    await second.sync.idle();
    expect(Object.keys(await second.stored())).toHaveLength(Object.keys(before).length + 2);
  });
});

describe('policies', () => {
  test('upsert-only keeps a record without source and says so', async () => {
    await using bench = await dnsSyncBench({ policy: 'upsert-only' });
    bench.objects.put(loadBalancer('web/old', 'old.env.example.org', ['192.0.2.1']));
    await bench.sync.idle();
    const before = await bench.stored();
    bench.objects.remove('Service', 'web', 'old');
    await bench.sync.idle();
    expect(await bench.stored()).toEqual(before);
    expect(bench.decisions()).toEqual([
      'old.env.example.org A (Service web/old) has no source; kept because policy is upsert-only; use --policy=sync to let records be changed and removed',
    ]);
  });

  test('create-only changes nothing that exists', async () => {
    await using bench = await dnsSyncBench({ policy: 'create-only' });
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1']));
    await bench.sync.idle();
    const before = await bench.stored();
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.2']));
    await bench.sync.idle();
    expect(await bench.stored()).toEqual(before);
  });
});

describe('conflicts between objects', () => {
  test('the object that has the name keeps it, and the other one is told', async () => {
    await using bench = await dnsSyncBench();
    bench.objects.put(loadBalancer('web/b', 'web.example.org', ['192.0.2.9']));
    await bench.sync.idle();
    bench.objects.put(ingress('web/a', ['web.example.org'], ['192.0.2.1']));
    await bench.sync.idle();
    expect([...bench.sync.published()].map((endpoint) => endpoint.targets)).toEqual([['192.0.2.9']]);
    expect(bench.decisions()).toContain(
      'web.example.org A of Ingress web/a is not published: service/web/b has the name; give each object a name of its own',
    );
    bench.objects.remove('Service', 'web', 'b');
    await bench.sync.idle();
    expect([...bench.sync.published()].map((endpoint) => endpoint.targets)).toEqual([['192.0.2.1']]);
    expect(bench.decisions()).toEqual(['web.example.org A 192.0.2.1 is published for Ingress web/a']);
  });

  test('Services of one name share it', async () => {
    await using bench = await dnsSyncBench();
    bench.objects.put(loadBalancer('web/b', 'web.example.org', ['192.0.2.2']));
    bench.objects.put(loadBalancer('web/a', 'web.example.org', ['192.0.2.1']));
    await bench.sync.idle();
    expect([...bench.sync.published()].map((endpoint) => endpoint.targets)).toEqual([['192.0.2.1', '192.0.2.2']]);
    expect(bench.decisions()).toHaveLength(2);
  });
});
