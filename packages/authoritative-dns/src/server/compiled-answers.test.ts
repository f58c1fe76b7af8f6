import { createMetrics } from '@seamark/common/observability';
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { loadAddon } from '@seamark/netio';
import { etcdRequirement, startEtcd, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';

import { comparable } from '../arena/testing/comparable.ts';
import type { EngineName } from '../transport/choose-engine.ts';
import { startCorefileServer } from '../testing/corefile-server.ts';
import { randomQuestion } from '../testing/questions.ts';
import { rawTcpAnswers, rawUdpAnswers } from '../testing/raw-answers.ts';
import { startTestServer, writeContent } from '../testing/server.ts';
import { decodeMessage } from '../wire/message-decoder.ts';
import { SeededRandom } from '../zone/answer/testing/random-zones.ts';

const addon = loadAddon();
const netio = addon.ok ? { name: 'netio' } : { name: 'netio', missing: addon.problem };
const rounds = Number(process.env['SEAMARK_ARENA_ROUNDS'] ?? 1);

/** What a server answered, over UDP and TCP, and how many answers were compiled of each. */
interface Asked {
  readonly udp: readonly string[];
  readonly tcp: readonly string[];
  readonly compiled: readonly [udp: number, tcp: number];
  /** Counters that say the same whoever answers. */
  readonly counters: readonly string[];
}

type Metrics = ReturnType<typeof createMetrics>;

async function askAll(metrics: Metrics, ports: { udp: number; tcp: number }, queries: readonly Uint8Array[]): Promise<Asked> {
  const udp = await rawUdpAnswers(ports.udp, queries);
  const tcp = await rawTcpAnswers(ports.tcp, queries);
  const lines = (await metrics.metrics()).split('\n');
  const compiled = (protocol: string): number =>
    lines
      .filter((line) => line.startsWith('seamark_dns_compiled_answers_total') && line.includes(`proto="${protocol}"`))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  const counters = lines
    .filter((line) => /^coredns_dns_(requests|responses)_total|^coredns_dns_request_duration_seconds_count/.test(line))
    .map((line) => line.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1'))
    .toSorted();
  return { udp, tcp, compiled: [compiled('udp'), compiled('tcp')], counters };
}

const questions = (seed: number, names: readonly string[], count = 600): Uint8Array[] => {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => randomQuestion(random, names));
};

async function askCorefile(engine: EngineName, corefile: string, files: Readonly<Record<string, string>>, queries: readonly Uint8Array[]) {
  const metrics = createMetrics({ version: '1', component: 'test' });
  await using test = await startCorefileServer(corefile, files, { engine, metrics });
  await expect.poll(() => test.server.notReady()).toEqual([]);
  const { udp, tcp } = test.server.addresses();
  // Awaited here: the server ends with this function.
  return await askAll(metrics, { udp: udp[0]?.port ?? 0, tcp: tcp[0]?.port ?? 0 }, queries);
}

function expectSame(native: Asked, plain: Asked, queries: readonly Uint8Array[]): void {
  for (const protocol of ['udp', 'tcp'] as const) {
    for (const [at, query] of queries.entries()) {
      const [ours, theirs] = [native[protocol][at] as string, plain[protocol][at] as string];
      if (ours === theirs) continue;
      // The SOA of a question for a name in its own RDATA is compressed less.
      const [got, wanted] = [ours, theirs].map((answer) => comparable(Buffer.from(answer, 'hex')));
      if (got !== wanted) expect({ query: Buffer.from(query).toString('latin1'), protocol, answer: got }).toEqual({ answer: wanted });
      expect(theirs.length).toBeLessThan(ours.length);
    }
  }
  expect(plain.compiled).toEqual([0, 0]);
  expect(native.counters).toEqual(plain.counters);
}

const zone = (address: string): string =>
  `
@ 300 SOA ns1 host 7 3600 600 86400 5
@ 300 NS ns1
@ 300 MX 10 www
ns1 300 A 192.0.2.1
www 300 A ${address}
www 300 AAAA 2001:db8::1
txt 60 TXT "${'x'.repeat(200)}" "${'y'.repeat(200)}" "${'z'.repeat(200)}"
alias 300 CNAME www
outside 300 CNAME www.elsewhere.test.
* .wild 300 A 192.0.2.7
cut 300 NS ns.cut
ns.cut 300 A 192.0.2.8
c.b.a 300 A 192.0.2.9
`.replace('* .wild', '*.wild');

const labels = ['www', 'txt', 'alias', 'outside', 'q.wild', 'wild', 'cut', 'h.cut', 'c.b.a', 'b.a', 'no', 'deep', 'ns1'];
const files = Object.fromEntries(
  ['org', 'deep', 'net', 'sub', 'rest', 'own'].map((name, at) => [`${name}.db`, zone(`192.0.2.${10 + at}`)]),
);

/** Blocks in blocks, zones in zones, handlers that can be passed and handlers that cannot. */
const blocks = (root: string): string => `
(listen) {
  bind 127.0.0.1
}
${root}
example.org:0 {
  import listen
  errors
  any
  bufsize 700
  minimal
  nsid one
  cache
  file org.db
}
deep.example.org:0 {
  import listen
  file deep.db
}
acl.example.org:0 {
  import listen
  acl {
    allow net 127.0.0.0/8
  }
  file own.db
}
empty.example.org:0 {
  import listen
}
example.net:0 {
  import listen
  file net.db {
    fallthrough
  }
  file sub.db sub.example.net
}
wide.example.com:0 {
  import listen
  file rest.db example.com
}`;
const root = `.:0 {\n  bind 127.0.0.1\n  hosts {\n    192.0.2.99 www.test\n  }\n}`;
const zones = [
  'example.org',
  'deep.example.org',
  'acl.example.org',
  'empty.example.org',
  'example.net',
  'sub.example.net',
  'example.com',
  'wide.example.com',
  'test',
];
const names = zones.flatMap((apex) => [apex, ...labels.map((label) => `${label}.${apex}`)]);

describe.skipIf(unmet('answers without JavaScript', netio))('native threads answer as JavaScript does', () => {
  it.each([
    ['and refuse what is in no block', ''],
    ['and ask for what a block of the root has', root],
  ])('of zone files, %s', async (_what, extra) => {
    for (let seed = 1; seed <= rounds; seed++) {
      const queries = questions(seed, names);
      const native = await askCorefile('netio', blocks(extra), files, queries);
      const plain = await askCorefile('dgram', blocks(extra), files, queries);
      expectSame(native, plain, queries);
      for (const compiled of native.compiled) expect(compiled).toBeGreaterThan(queries.length / 8);
    }
  });

  it('and all of it, where nothing needs a handler', async () => {
    const queries = questions(1, ['www.example.org', 'wild.example.org', 'q.wild.example.org', 'no.example.org']).filter(
      (query) => query.at(-3) !== 255 && !Buffer.from(query).includes(Buffer.of(0, 3, 0, 0)),
    );
    const plainTypes = queries.filter((query) => [1, 28, 16].includes(query[query.indexOf(0, 12) + 2] as number) && query[11] === 0);
    const native = await askCorefile('netio', `example.org:0 {\nbind 127.0.0.1\nfile org.db\nmultisocket 2\n}`, files, plainTypes);
    expect(native.compiled).toEqual([plainTypes.length, plainTypes.length]);
  });

  it.skipIf(unmet('answers of etcd without JavaScript', etcdRequirement()))('of etcd, in both modes', async () => {
    await using etcd = await startEtcd();
    const store = createEtcdStore({ endpoints: [etcd.endpoint] });
    await writeContent(store, {
      'org/example/www': { host: '192.0.2.10' },
      'org/example/many/a': { host: '192.0.2.11' },
      'org/example/many/b': { host: '192.0.2.12', ttl: 7 },
      'org/example/txt': { text: 'hello' },
      'org/example/alias': { host: 'www.example.org' },
      'org/example/_tcp/_sip/1': { host: 'www.example.org', port: 5060 },
      'net/example/www': { host: '2001:db8::2' },
      'net/example/sub/www': { host: '192.0.2.13' },
    });
    await store.close();
    const line = (at: string, zoneNames: string, mode: string): string =>
      `${at}:0 {\nbind 127.0.0.1\netcd ${zoneNames} {\nendpoint ${etcd.endpoint}\nmode ${mode}\n}\n}\n`;
    const stored = ['www', 'many', 'a.many', 'txt', 'alias', '_sip._tcp', '_tcp', 'any.many', '*', 'no', 'sub', 'www.sub'];
    const queries = questions(
      3,
      ['example.org', 'example.net', 'test'].flatMap((apex) => [apex, ...stored.map((label) => `${label}.${apex}`)]),
    );
    for (const mode of ['skydns', 'strict']) {
      const corefile = `${line('example.org', 'example.org', mode)}${line('example.net', 'example.net sub.example.net', mode)}`;
      const native = await askCorefile('netio', corefile, {}, queries);
      expectSame(native, await askCorefile('dgram', corefile, {}, queries), queries);
      for (const compiled of native.compiled) expect(compiled).toBeGreaterThan(queries.length / 4);
    }
  });

  it('of a store, as it changes', async () => {
    const content = {
      'org/example/www/1': { host: '192.0.2.1', targetstrip: 1 },
      'org/example/www/2': { host: '2001:db8::1', targetstrip: 1 },
      'org/example/alias/1': { host: 'www.example.org', targetstrip: 1 },
      'org/example/*/1': { host: '192.0.2.77', targetstrip: 1 },
      'net/example/www/1': { text: 'x', targetstrip: 1 },
    };
    const queries = questions(5, [
      'www.example.org',
      'alias.example.org',
      'q.example.org',
      'www.example.net',
      'new.net.test',
      'example.com',
    ]);
    const asked: Asked[] = [];
    for (const engine of ['netio', 'dgram'] as const) {
      const metrics = createMetrics({ version: '1', component: 'test' });
      await using server = await startTestServer(content, { engine, metrics, threads: 2, zones: 'auto' });
      await server.write({ 'org/example/www/3': { host: '192.0.2.3', targetstrip: 1 }, 'net/example/www/1': undefined });
      await server.write({ 'test/net/new/1': { host: '192.0.2.4', targetstrip: 1 } });
      asked.push(await askAll(metrics, { udp: server.port, tcp: server.port }, queries));
    }
    const [native, plain] = asked as [Asked, Asked];
    expectSame(native, plain, queries);
    for (const compiled of native.compiled) expect(compiled).toBeGreaterThan(queries.length / 3);
  });

  it('with cookies that hold at both', async () => {
    const cookies = { secrets: [Uint8Array.from({ length: 16 }, (_, at) => at)], policy: 'require' } as const;
    const content = { 'org/example/www/1': { host: '192.0.2.1', targetstrip: 1 } };
    const metrics = createMetrics({ version: '1', component: 'test' });
    await using native = await startTestServer(content, { engine: 'netio', cookies: { ...cookies, policy: 'answer' }, metrics });
    await using plain = await startTestServer(content, { engine: 'dgram', cookies });
    const question = [
      0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 119, 119, 119, 7, 101, 120, 97, 109, 112, 108, 101, 3, 111, 114, 103, 0, 0, 1, 0, 1,
    ];
    const query = (cookie: Uint8Array): Uint8Array =>
      Uint8Array.from([...question, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, cookie.length + 4, 0, 10, 0, cookie.length, ...cookie]);
    const cookieOf = (answer: string | undefined): Uint8Array => Uint8Array.from(Buffer.from(answer ?? '', 'hex')).slice(-24);
    const [first] = await rawUdpAnswers(native.port, [query(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))]);
    const [second] = await rawUdpAnswers(plain.port, [query(cookieOf(first))]);
    const [third] = await rawTcpAnswers(native.port, [query(cookieOf(second))]);
    for (const answer of [first, second, third]) {
      expect(decodeMessage(Buffer.from(answer ?? '', 'hex'))).toMatchObject({ responseCode: 0, answers: [{ name: 'www.example.org' }] });
    }
    expect(await metrics.metrics()).toMatch(/^seamark_dns_compiled_answers_total\{[^}]*proto="udp"[^}]*\} 1$/m);
    expect(await metrics.metrics()).toMatch(/^seamark_dns_compiled_answers_total\{[^}]*proto="tcp"[^}]*\} 1$/m);
  });

  it('also while a reload puts other zones in their place', async () => {
    const metrics = createMetrics({ version: '1', component: 'test' });
    const corefile = (file: string, extra = ''): string => `example.org:0 {\nbind 127.0.0.1\nfile ${file}\n${extra}\n}`;
    await using test = await startCorefileServer(corefile('org.db'), files, { engine: 'netio', metrics });
    const compiled = async (): Promise<number> => {
      const text = await metrics.metrics();
      return Number(/^seamark_dns_compiled_answers_total\{[^}]*proto="udp"[^}]*\} (\d+)$/m.exec(text)?.[1]);
    };
    const addressOf = async (): Promise<unknown> => (await test.client.ask('www.example.org A')).answers[0]?.data;
    const before = await addressOf();
    await test.write('Corefile', corefile('deep.db'));
    expect(await test.server.reload()).toBe(true);
    expect(await addressOf()).not.toEqual(before);
    expect(await compiled()).toBe(2);
    // A handler that must see the questions gets them, and no answer of before stays.
    await test.write('Corefile', corefile('org.db', 'acl {\nblock net 127.0.0.0/8\n}'));
    expect(await test.server.reload()).toBe(true);
    expect((await test.client.ask('www.example.org A')).responseCode).toBe(5);
    expect(await compiled()).toBe(2);
    await test.write('Corefile', corefile('org.db'));
    expect(await test.server.reload()).toBe(true);
    expect(await addressOf()).toEqual(before);
    expect(await compiled()).toBe(3);
  });
});
