import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import type { KvStore } from '@seamark/kv-store-client';
import { type EtcdServer, etcdRequirement, eventually, temporaryFolder, unmet } from '@seamark/testkit';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEtcd } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { emptyResponse, type Outcome } from '../../chain/response.ts';
import { writeContent } from '../../testing/server.ts';
import { answerText } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, refuse, setUp, type SetUpDirective } from '../testing/set-up.ts';
import { etcdSetup } from './setup.ts';

describe('the directive etcd', () => {
  it.each([
    'etcd',
    'etcd skydns.local',
    'etcd 10.0.0.0/8 example.org {\n path /a/b\n endpoint http://127.0.0.1:1 127.0.0.1:2\n credentials user password\n}',
    'etcd {\n tls\n}',
    'etcd {\n fallthrough\n}',
    'etcd {\n fallthrough in-addr.arpa ip6.arpa\n}',
    'etcd {\n min-lease-ttl 30\n max-lease-ttl 2h30m\n}',
    'etcd {\n min-lease-ttl 0\n}',
    'etcd {\n min-lease-ttl ""\n}',
    'etcd {\n mode strict\n stale-after 5m\n snapshot zones.snapshot 10s\n}',
    'etcd {\n soa ns1.example.net. hostmaster.example.net. {\n refresh 4h\n minimum 5\n }\n ns ns1 192.0.2.1 2001:db8::1\n ns ns2.dns.@\n}',
    'etcd a.example\netcd b.example {\n path /b\n}',
  ])('takes %j', (lines) => {
    expect(problemOf(etcdSetup, lines)).toBeUndefined();
  });

  it.each([
    ['etcd {\n path\n}', 'path needs one argument, and has none: write path PREFIX'],
    ['etcd {\n path a b\n}', 'path takes one argument, and "b" is one too many: write path PREFIX'],
    ['etcd {\n endpoint\n}', 'endpoint needs at least one argument, and has none: write endpoint URL...'],
    ['etcd {\n credentials user\n}', 'credentials needs 2 arguments, and has 1: write credentials USER PASSWORD'],
    [
      'etcd {\n tls a b c d\n}',
      'tls takes at most 3 arguments, and "d" is one too many: write tls, tls CA, tls CERT KEY or tls CERT KEY CA',
    ],
    ['etcd {\n tls ca.pem\n}', 'tls needs the file /nowhere/ca.pem, which cannot be read: there is no such file'],
    ['etcd {\n min-lease-ttl abc\n}', '"abc" is not a duration such as '],
    ['etcd {\n max-lease-ttl 1y\n}', '"1y" is not a duration: '],
    ['etcd {\n mode loose\n}', '"loose" is not a mode of etcd: it is skydns or strict'],
    ['etcd {\n pth /a\n}', '"pth" is not an option of etcd; it has path, endpoint, '],
    ['etcd {\n soa {\n serial 5\n }\n}', '"serial" is not a field of soa; it has mname, rname, '],
    ['etcd {\n ns ns1 192.0.2.256\n}', '"192.0.2.256" is not an IP address: '],
  ])('refuses %j', (lines, problem) => {
    expect(problemOf(etcdSetup, lines)).toContain(problem);
  });

  it('warns of what CoreDNS ignores as well', () => {
    const { warnings } = setUp(etcdSetup, 'etcd {\n stubzones\n debug\n upstream 8.8.8.8\n}');
    expect(warnings).toHaveLength(3);
  });

  it('answers SERVFAIL, and is not ready, while etcd has never been read', async () => {
    const directive = setUp(etcdSetup, 'etcd example.org {\n endpoint http://127.0.0.1:1\n}');
    expect(directive.part.notReady?.()).toBe('etcd has not been read yet');
    await directive.part.start?.(new AbortController().signal);
    expect(answerText(directive.handler.handle(question('a.example.org'), refuse))).toEqual(['SERVFAIL']);
    expect(directive.part.notReady?.()).toMatch(/^etcd has not been read yet: /);
    expect(answerText(directive.handler.handle(question('a.example.net'), refuse))).toEqual(['REFUSED']);
    await directive.part.stop?.();
  });
});

describe.skipIf(unmet('the directive etcd with a real etcd', etcdRequirement()))('the directive etcd with a real etcd', () => {
  let etcd: EtcdServer;
  let store: KvStore;
  const folder = temporaryFolder('etcd-directive');
  const content = {
    'org/example/web/5f0c3a91': { host: '192.0.2.1', ttl: 60, targetstrip: 1 },
    'org/example/x1': { host: '192.0.2.7' },
    'org/example/out': { host: 'www.example.com' },
    'net/example/web': { host: '192.0.2.2' },
  };

  beforeAll(async () => {
    etcd = await startEtcd();
    store = createEtcdStore({ endpoints: [etcd.endpoint] });
    await writeContent(store, content);
  });
  afterAll(async () => {
    await store?.close();
    await etcd?.[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const started = async (lines: string, options: Parameters<typeof setUp>[2] = {}): Promise<SetUpDirective & AsyncDisposable> => {
    const shared = new Map<string, unknown>();
    const share = <T>(key: string, create: () => T): T => {
      if (!shared.has(key)) shared.set(key, create());
      return shared.get(key) as T;
    };
    const directive = setUp(etcdSetup, lines.replaceAll('ENDPOINT', etcd.endpoint), {
      ...options,
      context: { shared: share, ...options.context },
    });
    await directive.part.start?.(new AbortController().signal);
    return Object.assign(directive, {
      async [Symbol.asyncDispose]() {
        await directive.part.stop?.();
      },
    });
  };
  const asked = async (
    directive: SetUpDirective,
    name: string,
    type = 'A',
    next: () => Outcome = () => emptyResponse('end', 5),
  ): Promise<string[]> => answerText(await directive.handler.handle(question(name, type), next));

  it('answers its content, follows changes and is ready', async () => {
    await using directive = await started('etcd example.org {\n endpoint ENDPOINT\n}');
    expect(directive.part.notReady?.()).toBeUndefined();
    expect(await asked(directive, 'web.example.org')).toEqual(['NOERROR aa', 'web.example.org. 60 A 192.0.2.1']);
    expect(await asked(directive, 'web.example.net')).toEqual(['REFUSED']);
    await writeContent(store, { 'org/example/later': { host: '192.0.2.9' } });
    await eventually(async () =>
      expect(await asked(directive, 'later.example.org')).toEqual(['NOERROR aa', 'later.example.org. 300 A 192.0.2.9']),
    );
    await writeContent(store, { 'org/example/later': undefined });
    await eventually(async () => expect(await asked(directive, 'later.example.org')).toEqual(['NXDOMAIN aa']));
  });

  it('may stand several times in a block, and passes on what does not exist where it is told to', async () => {
    await using directive = await started(
      'etcd example.org {\n endpoint ENDPOINT\n fallthrough\n}\netcd example.net {\n endpoint ENDPOINT\n mode strict\n}',
    );
    const next = (): Outcome => emptyResponse('next', 0);
    expect(await asked(directive, 'web.example.net')).toEqual(['NOERROR aa', 'web.example.net. 300 A 192.0.2.2']);
    expect(await asked(directive, 'nothing.example.org', 'A', next)).toEqual(['NOERROR']);
    expect(await asked(directive, 'web.example.org', 'MX', next)).toEqual(['NOERROR aa']);
    expect(await asked(directive, 'nothing.example.net', 'A', next)).toEqual(['NXDOMAIN aa']);
  });

  it('shares one watch between blocks, whatever their zones are', async () => {
    const shared = new Map<string, unknown>();
    const context = {
      shared<T>(key: string, create: () => T): T {
        if (!shared.has(key)) shared.set(key, create());
        return shared.get(key) as T;
      },
    };
    const [first, second] = ['example.org', 'example.net'].map((zone) =>
      setUp(etcdSetup, `etcd ${zone} {\n endpoint ${etcd.endpoint}\n}`, { context }),
    ) as [SetUpDirective, SetUpDirective];
    await first.part.start?.(new AbortController().signal);
    await second.part.start?.(new AbortController().signal);
    expect(await asked(first, 'x1.example.org')).toHaveLength(2);
    expect(await asked(second, 'web.example.net')).toEqual(['NOERROR aa', 'web.example.net. 300 A 192.0.2.2']);
    expect([...shared.keys()].filter((key) => key.startsWith('etcd {'))).toHaveLength(1);
    await first.part.stop?.();
    await writeContent(store, { 'net/example/more': { host: '192.0.2.3' } });
    await eventually(async () => expect(await asked(second, 'more.example.net')).toHaveLength(2));
    await second.part.stop?.();
  });

  it('asks the next line of the same zone for what the first passes on, and warns of one that nothing is passed on to', async () => {
    await writeContent(store, { 'org/example/first-only': { host: '192.0.2.61' } });
    await store.transact({
      compare: [],
      success: [{ type: 'put', key: '/second/org/example/second-only', value: Buffer.from('{"host":"192.0.2.62"}') }],
    });
    const second = 'etcd example.org {\n path /second\n endpoint ENDPOINT\n}';
    await using both = await started(`etcd example.org {\n endpoint ENDPOINT\n fallthrough\n}\n${second}`);
    expect(await asked(both, 'first-only.example.org')).toEqual(['NOERROR aa', 'first-only.example.org. 300 A 192.0.2.61']);
    expect(await asked(both, 'second-only.example.org')).toEqual(['NOERROR aa', 'second-only.example.org. 300 A 192.0.2.62']);
    expect(await asked(both, 'neither.example.org')).toEqual(['NXDOMAIN aa']);
    expect(both.warnings).toEqual([]);
    await using closed = await started(`etcd example.org {\n endpoint ENDPOINT\n}\n${second}`);
    expect(await asked(closed, 'second-only.example.org')).toEqual(['NXDOMAIN aa']);
    expect(closed.warnings).toEqual([
      'Corefile:5: etcd has example.org. at Corefile:2 already, which is asked alone: give that one fallthrough',
    ]);
  });

  it('does not wait for etcd once its start is not wanted any more', async () => {
    const directive = setUp(etcdSetup, 'etcd example.org {\n endpoint http://127.0.0.1:1\n}');
    const halt = new AbortController();
    const start = directive.part.start?.(halt.signal);
    halt.abort();
    await start;
    expect(directive.part.notReady?.()).toContain('etcd has not been read yet');
    await directive.part.stop?.();
  });

  it('asks the server itself where an alias leads out of its zones', async () => {
    const askServer = async (): Promise<Outcome> => ({
      ...emptyResponse('forward', 0),
      answers: [{ owner: question('www.example.com').name, type: 1, ttlSeconds: 9, rdata: [Uint8Array.of(198, 51, 100, 1)] }],
    });
    await using directive = await started('etcd example.org {\n endpoint ENDPOINT\n}', { context: { askServer } });
    expect(await asked(directive, 'out.example.org')).toEqual([
      'NOERROR aa',
      'out.example.org. 300 CNAME www.example.com.',
      'www.example.com. 9 A 198.51.100.1',
    ]);
  });

  it('has what leases leave as TTL, within the limits, once etcd has said it', async () => {
    const lease = await store.grantLease(300);
    await store.transact({
      compare: [],
      success: [{ type: 'put', key: '/skydns/org/example/leased', value: Buffer.from('{"host":"192.0.2.50"}'), lease: lease.id }],
    });
    await using directive = await started('etcd example.org {\n endpoint ENDPOINT\n max-lease-ttl 200\n}');
    await eventually(async () =>
      expect(await asked(directive, 'leased.example.org')).toEqual(['NOERROR aa', 'leased.example.org. 200 A 192.0.2.50']),
    );
    await lease.revoke();
    await eventually(async () => expect(await asked(directive, 'leased.example.org')).toEqual(['NXDOMAIN aa']));
  });

  it('starts from a snapshot while etcd is away, says that it is stale, and goes on with etcd once it is back', async () => {
    const file = join(folder.path, 'zones.snapshot');
    const lines = `etcd example.org {\n endpoint ENDPOINT\n snapshot ${file}\n stale-after 1s\n}`;
    {
      await using first = await started(lines);
      expect(await asked(first, 'web.example.org')).toHaveLength(2);
    }
    expect(existsSync(file)).toBe(true);
    await etcd.kill();
    await using second = await started(lines);
    expect(await asked(second, 'web.example.org')).toEqual(['NOERROR aa', 'web.example.org. 60 A 192.0.2.1']);
    expect(await asked(second, 'x1.example.org')).toEqual(['NOERROR aa', 'x1.example.org. 300 A 192.0.2.7']);
    await eventually(() => expect(second.part.notReady?.()).toMatch(/^etcd has not been heard of for [0-9]+ s$/));
    await etcd.restart();
    await eventually(() => expect(second.part.notReady?.()).toBeUndefined());
    await writeContent(store, { 'org/example/after': { host: '192.0.2.77' } });
    await eventually(async () => expect(await asked(second, 'after.example.org')).toHaveLength(2));
  });

  it('refuses a damaged snapshot with the reason, and serves nothing of it', async () => {
    const file = join(folder.path, 'damaged.snapshot');
    const lines = `etcd example.org {\n endpoint ENDPOINT\n snapshot ${file}\n}`;
    await using first = await started(lines);
    await first.part.stop?.();
    const octets = readFileSync(file);
    octets[octets.length - 20] = (octets[octets.length - 20] as number) ^ 1;
    writeFileSync(file, octets);
    await etcd.kill();
    await using second = await started(lines);
    expect(await asked(second, 'web.example.org')).toEqual(['SERVFAIL']);
    expect(second.part.notReady?.()).toMatch(/damaged\.snapshot is damaged: the checksum of the block at octet [0-9]+ is wrong/);
    await etcd.restart();
    await eventually(async () => expect(await asked(second, 'web.example.org')).toHaveLength(2));
  });
});
