import { writeFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import {
  corednsProgram,
  corednsRequirement,
  etcdRequirement,
  eventually,
  freePort,
  startEtcd,
  startProcess,
  temporaryFolder,
  unmet,
} from '@seamark/testkit';
import { describe, expect, test } from 'vitest';
import { dnsSyncBench } from './testing/dns-sync-bench.ts';
import { alpha, dnsEndpoint, ingress, loadBalancer } from './testing/objects.ts';

describe.skipIf(unmet('dns-sync under a real CoreDNS', etcdRequirement(), corednsRequirement()))('CoreDNS', () => {
  test('answers what dns-sync writes, and no longer what it has removed', async () => {
    await using server = await startEtcd();
    using folder = temporaryFolder('coredns');
    const port = await freePort();
    writeFileSync(
      join(folder.path, 'Corefile'),
      `.:${port} {\n  bind 127.0.0.1\n  etcd example.org 192.in-addr.arpa {\n    path /skydns\n    endpoint ${server.endpoint}\n  }\n}\n`,
    );
    await using dns = startProcess(corednsProgram(), ['-conf', join(folder.path, 'Corefile')]);
    await dns.waitForOutput(/CoreDNS-/);
    const resolver = new Resolver({ timeout: 1_000, tries: 3 });
    resolver.setServers([`127.0.0.1:${port}`]);

    const store = createEtcdStore({ endpoints: [server.endpoint] });
    await using bench = await dnsSyncBench({ store, managedRecordTypes: ['A', 'AAAA', 'CNAME', 'TXT', 'SRV', 'MX', 'PTR'] });
    bench.objects.put(loadBalancer('web/web', 'web.example.org', ['192.0.2.1', '192.0.2.2', '2001:db8::1'], { [`${alpha}ttl`]: '77' }));
    bench.objects.put(ingress('web/shop', ['shop.example.org'], ['192.0.2.3']));
    bench.objects.put(loadBalancer('web/alias', 'alias.example.org', [], { [`${alpha}target`]: 'web.example.org' }));
    bench.objects.put(
      dnsEndpoint('web/extra', [
        { dnsName: 'txt.example.org', recordType: 'TXT', targets: ['one', 'two'] },
        { dnsName: '_sip._tcp.example.org', recordType: 'SRV', targets: ['10 100 5060 web.example.org.'] },
        { dnsName: 'mail.example.org', recordType: 'MX', targets: ['10 web.example.org'] },
        { dnsName: '1.2.0.192.in-addr.arpa', recordType: 'PTR', targets: ['web.example.org'] },
      ]),
    );
    await bench.sync.idle();

    await eventually(async () => expect((await resolver.resolve4('web.example.org')).toSorted()).toEqual(['192.0.2.1', '192.0.2.2']));
    expect(await resolver.resolve4('web.example.org', { ttl: true })).toContainEqual({ address: '192.0.2.1', ttl: 77 });
    expect(await resolver.resolve6('web.example.org')).toEqual(['2001:db8::1']);
    expect(await resolver.resolve4('shop.example.org')).toEqual(['192.0.2.3']);
    expect((await resolver.resolve4('alias.example.org')).toSorted()).toEqual(['192.0.2.1', '192.0.2.2']);
    expect((await resolver.resolveTxt('txt.example.org')).flat().toSorted()).toEqual(['one', 'two']);
    expect(await resolver.resolveSrv('_sip._tcp.example.org')).toMatchObject([
      { name: 'web.example.org', port: 5060, priority: 10, weight: 100 },
    ]);
    expect(await resolver.resolveMx('mail.example.org')).toMatchObject([{ exchange: 'web.example.org', priority: 10 }]);
    expect(await resolver.reverse('192.0.2.1')).toEqual(['web.example.org']);

    bench.objects.remove('Ingress', 'web', 'shop');
    await bench.sync.idle();
    await expect(resolver.resolve4('shop.example.org')).rejects.toThrow('ENOTFOUND');
    await bench.sync.stop();
    await store.close();
  }, 60_000);
});
