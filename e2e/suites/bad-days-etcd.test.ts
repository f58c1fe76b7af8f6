import { freePort, startEtcd, startTcpProxy, temporaryFolder } from '@seamark/testkit';
import { expect, it } from 'vitest';
import { inClusters } from '../world/both-worlds.ts';
import { askDns } from '../world/dns-question.ts';
import { compactNow, deleteKey, putKey, readKeys } from '../world/etcd-gateway.ts';
import { expectExactState, expectNothingMoved, type WantedService } from '../world/exact-state.ts';
import { expectLogged } from '../world/log-lines.ts';
import { pool, service, type TestObject } from '../world/objects.ts';
import { startSeamark } from '../world/seamark-process.ts';
import { ask, expectAddresses, expectAnswer, expectNoName } from '../world/world.ts';

const args = ['--dns-zone', 'example.org'];
const lan = pool('lan', ['192.0.2.0/24']);
const named = (name: string): WantedService => ({ name: `days/${name}`, hostname: `${name}.example.org` });
const objectOf = ({ name, hostname }: WantedService): TestObject => service(name, { 'external-dns.kubernetes.io/hostname': hostname });

inClusters('a bad day of etcd', (start, servers) => {
  it('absent at the start: that is said, questions are refused for the moment, and everything is there when it comes', async () => {
    await using etcd = await startEtcd();
    await etcd.kill();
    using folder = temporaryFolder('absent');
    const dnsPort = await freePort();
    await using seamark = startSeamark([
      'up',
      '--kubeconfig',
      servers().apiServer.kubeconfigPath,
      '--etcd',
      etcd.endpoint,
      '--data-dir',
      folder.path,
      '--metrics-address',
      'none',
      '--dns-listen',
      `127.0.0.1:${dnsPort}`,
      '--log-format',
      'json',
      ...args,
    ]);
    await expectLogged(seamark, new RegExp(`127\\.0\\.0\\.1:${etcd.port}.*ECONNREFUSED|ECONNREFUSED.*127\\.0\\.0\\.1:${etcd.port}`));
    expect((await askDns(dnsPort, 'www.example.org')).code).toBe('SERVFAIL');
    await etcd.restart();
    await seamark.waitForOutput(/"msg":"running:/, 60_000);
    await using world = await start({ args: [...args, '--leader-elect=false'], etcd });
    const services = ['first', 'second'].map(named);
    await world.put(lan, ...services.map(objectOf));
    // The one that waited works like the one that was started afterwards.
    await expectExactState(world, { services });
    expect((await askDns(dnsPort, 'first.example.org')).code).toBe('NOERROR');
    expect(await seamark.end('SIGTERM', 15_000)).toBe(0);
  });

  it('killed and started again with its data: answers go on, and changes made meanwhile arrive', async () => {
    await using etcd = await startEtcd();
    await using world = await start({ args, etcd });
    const [kept, dropped, edited, made] = ['kept', 'dropped', 'edited', 'made'].map(named) as [
      WantedService,
      WantedService,
      WantedService,
      WantedService,
    ];
    await world.put(lan, ...[kept, dropped, edited].map(objectOf));
    const before = await expectExactState(world, { services: [kept, dropped, edited] });

    await etcd.kill();
    const renamed = { ...edited, hostname: 'renamed.example.org' };
    await world.put(objectOf(made), objectOf(renamed));
    await world.remove(objectOf(dropped));
    // Addresses do not need it.
    await expectAddresses(world, made.name, (addresses) => expect(addresses).toHaveLength(1));
    await expectLogged(world.process(), /the store is away; answering as of revision/);
    for (const { name, hostname } of [kept, dropped, edited]) expect((await ask(world, hostname)).data).toEqual([before.get(name)]);

    await etcd.restart();
    const after = await expectExactState(world, { services: [kept, renamed, made], gone: [dropped.hostname, edited.hostname] });
    expectNothingMoved(before, after);
  });

  it.each([
    { how: 'refuses', away: 'refuse', back: 'accept' },
    { how: 'is silent', away: 'hold', back: 'release' },
  ] as const)('compacted while it $how: what changed meanwhile is found and put right', async ({ away, back }) => {
    const { etcd } = servers();
    await using proxy = await startTcpProxy(etcd.port);
    await using world = await start({ args, etcdEndpoint: `http://127.0.0.1:${proxy.port}` });
    const [kept, dropped, damaged, made] = ['kept', 'dropped', 'damaged', 'made'].map(named) as [
      WantedService,
      WantedService,
      WantedService,
      WantedService,
    ];
    await world.put(lan, ...[kept, dropped, damaged].map(objectOf));
    const before = await expectExactState(world, { services: [kept, dropped, damaged] });
    // Written by hand, so owned by nobody: served, and never touched.
    await putKey(etcd.endpoint, '/skydns/org/example/old', '{"host":"203.0.113.1"}');
    await expectAnswer(world, 'old.example.org', 'A', ['203.0.113.1']);

    proxy[away]();
    await putKey(etcd.endpoint, '/skydns/org/example/new', '{"host":"203.0.113.2"}');
    await deleteKey(etcd.endpoint, '/skydns/org/example/old');
    const records = await readKeys(etcd.endpoint, '/skydns/org/example/damaged/');
    expect(records.entries.size).toBe(1);
    for (const key of records.entries.keys()) await deleteKey(etcd.endpoint, key);
    await world.put(objectOf(made));
    await world.remove(objectOf(dropped));
    await expectAddresses(world, made.name, (addresses) => expect(addresses).toHaveLength(1));
    await compactNow(etcd.endpoint);
    // Silence is noticed by the keepalive, so history is lost before the connection is.
    await expectLogged(world.process(), /the store is away; answering as of revision/);
    await expectAnswer(world, damaged.hostname, 'A', [before.get(damaged.name) as string]);
    proxy[back]();

    await expectAnswer(world, 'new.example.org', 'A', ['203.0.113.2']);
    await expectNoName(world, 'old.example.org');
    expect((await readKeys(etcd.endpoint, '/skydns/org/example/new')).entries.size).toBe(1);
    await deleteKey(etcd.endpoint, '/skydns/org/example/new');
    const after = await expectExactState(world, { services: [kept, damaged, made], gone: [dropped.hostname] });
    expectNothingMoved(before, after);
  });
});
