import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { KvStore } from '@seamark/kv-store-client';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import {
  corednsProgram,
  corednsRequirement,
  type EtcdServer,
  etcdRequirement,
  eventually,
  freePort,
  programRequirement,
  startEtcd,
  startProcess,
  temporaryFolder,
  unmet,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type DigResult, dig, startTestServer, type TestServer, writeContent } from './testing/server.ts';

const skipped = unmet(
  'the same etcd content by CoreDNS and by authoritative-dns',
  etcdRequirement(),
  programRequirement('dig', 'bind9-dnsutils'),
  corednsRequirement(),
);

const zones = ['example.org', '2.0.192.in-addr.arpa', '8.b.d.0.1.0.0.2.ip6.arpa'];
const nibbles = '0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/1';

/** As ExternalDNS writes it: one leaf per target, ownership TXT under a name of its own, PTR at the exact reverse name. */
const written = {
  'org/example/web/5f0c3a91': { host: '192.0.2.1', ttl: 60, targetstrip: 1 },
  'org/example/web/6f0c3a91': { host: '192.0.2.2', ttl: 60, targetstrip: 1 },
  'org/example/a-web/1b2c3d4e': {
    text: '"heritage=external-dns,external-dns/owner=us,external-dns/resource=service/web/web"',
    targetstrip: 1,
  },
  'org/example/six/5f0c3a92': { host: '2001:db8::1', targetstrip: 1 },
  'org/example/aaaa-six/1b2c3d4f': { text: '"heritage=external-dns"', targetstrip: 1 },
  'org/example/dual/5f0c3a93': { host: '192.0.2.3', targetstrip: 1 },
  'org/example/dual/5f0c3a94': { host: '2001:db8::3', targetstrip: 1 },
  'org/example/alias/5f0c3a95': { host: 'web.example.org', ttl: 120, targetstrip: 1 },
  'org/example/chain/5f0c3a96': { host: 'alias.example.org', targetstrip: 1 },
  'org/example/note/5f0c3a97': { text: 'one', targetstrip: 1 },
  'org/example/note/5f0c3a98': { text: 'y'.repeat(400), targetstrip: 1 },
  'org/example/prod/eu/deep/5f0c3a99': { host: '192.0.2.4', targetstrip: 1, group: 'a' },
  'org/example/exact': { host: '192.0.2.5' },
  'arpa/in-addr/192/0/2/1': { host: 'web.example.org', ttl: 60 },
  [`arpa/ip6/2/0/0/1/0/d/b/8/${nibbles}`]: { host: 'six.example.org' },
};

describe.skipIf(skipped)('the same etcd content is answered by CoreDNS and by authoritative-dns', () => {
  const folder = skipped ? undefined : temporaryFolder('coredns');
  const parts: AsyncDisposable[] = [];
  let etcd: EtcdServer;
  let store: KvStore;
  let ours: TestServer;
  let theirPort: number;

  beforeAll(async () => {
    etcd = await startEtcd();
    parts.push(etcd);
    store = createEtcdStore({ endpoints: [etcd.endpoint] });
    ours = await startTestServer(written, { store, zones });
    theirPort = await freePort();
    const corefile = join(folder?.path ?? '', 'Corefile');
    writeFileSync(
      corefile,
      `.:${theirPort} {\n  bind 127.0.0.1\n  etcd ${zones.join(' ')} {\n    path /skydns\n    endpoint ${etcd.endpoint}\n  }\n}\n`,
    );
    parts.push(startProcess(corednsProgram(), ['-conf', corefile]));
    await eventually(async () => {
      const { status } = await dig(theirPort, ['+norec', 'web.example.org']);
      if (status !== 'NOERROR') throw new Error(`CoreDNS answers ${status}`);
    });
  });
  afterAll(async () => {
    await ours?.[Symbol.asyncDispose]();
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
    await store?.close();
    folder?.[Symbol.dispose]();
  });

  const asked = async (port: number, question: string): Promise<unknown> => {
    const result: DigResult = await dig(port, ['+norec', '+tcp', ...question.split(' ')]);
    return {
      status: result.status,
      flags: result.flags,
      answer: (result.sections['ANSWER'] ?? []).map((line) => line.replaceAll('" "', '')).toSorted(),
    };
  };

  it.each([
    'web.example.org A',
    'WEB.example.ORG A',
    'web.example.org AAAA',
    'web.example.org MX',
    'a-web.example.org TXT',
    'aaaa-six.example.org TXT',
    'six.example.org AAAA',
    'six.example.org A',
    'dual.example.org A',
    'dual.example.org AAAA',
    'alias.example.org A',
    'chain.example.org A',
    'note.example.org TXT',
    'note.example.org A',
    'deep.eu.prod.example.org A',
    'exact.example.org A',
    'nothing.example.org A',
    '1.2.0.192.in-addr.arpa PTR',
    '2.2.0.192.in-addr.arpa PTR',
    `${nibbles.split('/').toReversed().join('.')}.8.b.d.0.1.0.0.2.ip6.arpa PTR`,
  ])('%s', async (question) => {
    expect(await asked(ours.port, question)).toEqual(await asked(theirPort, question));
  });

  it('and so is a change, by us without delay', async () => {
    await ours.dns.reached(
      await writeContent(store, {
        'org/example/web/6f0c3a91': undefined,
        'org/example/later/11111111': { host: '192.0.2.9', targetstrip: 1 },
      }),
    );
    for (const question of ['web.example.org A', 'later.example.org A'])
      expect(await asked(ours.port, question)).toEqual(await asked(theirPort, question));
  });

  it.each<[string, string, unknown, unknown]>([
    [
      'RFC 1034: CNAME asked at the name of an alias',
      'alias.example.org CNAME',
      { status: 'NXDOMAIN' },
      { status: 'NOERROR', answer: ['alias.example.org. 120 IN CNAME web.example.org.'] },
    ],
    [
      'RFC 1034: an alias is answered for every type',
      'alias.example.org MX',
      { answer: [] },
      { answer: ['alias.example.org. 120 IN CNAME web.example.org.'] },
    ],
    [
      'a parent has none of its children',
      'prod.example.org A',
      { answer: ['prod.example.org. 300 IN A 192.0.2.4'] },
      { status: 'NOERROR', answer: [] },
    ],
    ['a name outside the zones', 'web.example.net A', { status: 'SERVFAIL' }, { status: 'REFUSED' }],
    ['a leaf is no name', '5f0c3a91.web.example.org A', { status: 'NOERROR' }, { status: 'NXDOMAIN' }],
  ])('where we differ on purpose: %s', async (_why, question, theirs, mine) => {
    expect(await asked(theirPort, question)).toMatchObject(theirs as object);
    expect(await asked(ours.port, question)).toMatchObject(mine as object);
  });
});
