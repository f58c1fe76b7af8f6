import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import {
  bindRequirement,
  type EtcdServer,
  etcdRequirement,
  findProgram,
  knotRequirement,
  nsdRequirement,
  programRequirement,
  type Requirement,
  startBind,
  startEtcd,
  startKnot,
  startNsd,
  temporaryFolder,
  unmet,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { dig } from '../testing/dig.ts';
import { writeContent } from '../testing/server.ts';
import { nameFromText } from '../wire/presentation/index.ts';
import { checkZone, formatZoneProblem, parseZone } from '../zonefile/index.ts';
import { dumpZone } from './dump-zone.ts';
import { loadCorefile } from './load-corefile.ts';

/** All kinds of what SkyDNS, CoreDNS and ExternalDNS store, and values of ours with `records`. */
const content: Readonly<Record<string, unknown>> = {
  'org/example/web/a1': { host: '192.0.2.1', targetstrip: 1 },
  'org/example/web/a2': { host: '2001:db8::1', targetstrip: 1 },
  'org/example/www': { host: 'web.example.org' },
  'org/example/shop': { host: 'web.example.org', text: 'beside an alias' },
  'org/example/port': { host: 'web.example.org', port: 8080 },
  'org/example/far': { host: 'host.example.net', port: 443, priority: 20, weight: 5 },
  'org/example/a-web': { text: '"heritage=external-dns,external-dns/owner=me"' },
  'org/example/long': { text: `${'x'.repeat(300)} "quoted" back\\slash ü` },
  'org/example/mail': { host: '192.0.2.25', mail: true, priority: 5 },
  'org/example/relay': { host: 'mx.example.net', mail: true },
  'org/example/svc/s1': { host: 'web.example.org', port: 80 },
  'org/example/svc/s2': { host: '192.0.2.7', port: 80, weight: 50 },
  'org/example/_http/h1': { host: 'web.example.org', port: 80 },
  'org/example/*/dev': { host: '192.0.2.8' },
  'org/example/dyn/*': { host: '192.0.2.9', port: 53 },
  'org/example/bad': '{"host":',
  'org/example/half': { host: 'a..b', text: 'the rest' },
  'org/example/dns/apex/x1': { host: '192.0.2.10' },
  'org/example/sub': {
    records: ['NS ns.sub.example.org', 'NS ns.example.net', 'TXT "hidden by its delegation"', `DS 1 13 2 ${'ab'.repeat(32)}`],
  },
  'org/example/sub/ns': { host: '192.0.2.20' },
  'org/example/sub/hidden': { text: 'below the delegation' },
  'org/example/moved': { records: ['DNAME example.net', 'DNAME example.com', 'TXT "beside the DNAME"'] },
  'org/example/moved/hidden': { host: '192.0.2.21' },
  'org/example/both': { records: ['CNAME web.example.org', 'MX 10 mail.example.org', 'CAA 0 issue "ca.example"'] },
  'org/example/star/*': { records: ['NS ns.example.net'] },
  'org/example/svcb': { records: ['HTTPS 1 . alpn=h2', 'TYPE65280 \\# 2 abcd', '120 MX 10 mail.example.org'] },
  'arpa/in-addr/192/0/2/1': { host: 'web.example.org' },
};

const skipped = unmet('dumps of etcd', etcdRequirement());

describe.skipIf(skipped)('the dump of a zone that etcd holds', () => {
  let etcd: EtcdServer;
  const dumps = new Map<string, string>();

  const dumped = async (mode: string, zone: string): Promise<string> => {
    const text = `. {\netcd example.org 192.in-addr.arpa {\nendpoint ${etcd.endpoint}\nmode ${mode}\nns ns1 192.0.2.53\n}\n}`;
    const result = loadCorefile(text, { file: 'Corefile' });
    if (!result.ok) throw result.problems[0] as Error;
    return dumpZone(result.version, zone);
  };

  beforeAll(async () => {
    etcd = await startEtcd();
    const store = createEtcdStore({ endpoints: [etcd.endpoint] });
    await writeContent(store, content);
    await store.close();
    for (const mode of ['skydns', 'strict']) dumps.set(mode, await dumped(mode, 'example.org'));
  });
  afterAll(async () => {
    await etcd?.[Symbol.asyncDispose]();
  });

  describe.each(['skydns', 'strict'])('in mode %s', (mode) => {
    it('is read and checked as a zone file without a complaint', () => {
      const { records, problems } = parseZone(dumps.get(mode) as string);
      const checked = checkZone(records, nameFromText('example.org.', undefined) as Uint8Array);
      expect([...problems, ...checked.problems].map(formatZoneProblem)).toEqual([]);
      expect(dumps.get(mode)).not.toContain('; note: ');
    });

    it.skipIf(unmet('dumps against named-checkzone', programRequirement('named-checkzone', 'bind9-utils')))(
      'is taken by named-checkzone',
      () => {
        using folder = temporaryFolder('dump');
        const file = join(folder.path, 'zone');
        writeFileSync(file, dumps.get(mode) as string);
        const { status, stdout } = spawnSync(findProgram('named-checkzone') ?? '', ['-i', 'local', 'example.org', file], {
          encoding: 'utf8',
        });
        expect(status, stdout).toBe(0);
      },
    );

    const servers: readonly [string, typeof startBind, Requirement][] = [
      ['BIND', startBind, bindRequirement()],
      ['Knot', startKnot, knotRequirement()],
      ['NSD', startNsd, nsdRequirement()],
    ];
    for (const [software, start, requirement] of servers) {
      it.skipIf(unmet(`dumps served by ${software}`, requirement, programRequirement('dig', 'bind9-dnsutils')))(
        `is served by ${software}`,
        async () => {
          using folder = temporaryFolder('dump');
          const file = join(folder.path, 'zone');
          writeFileSync(file, dumps.get(mode) as string);
          await using server = await start({ zones: [{ name: 'example.org', file }] });
          const { status, sections } = await dig(server.port, ['+norec', 'www.example.org', 'A']);
          expect(status, server.output()).toBe('NOERROR');
          expect(sections['ANSWER']).toContain('web.example.org. 300 IN A 192.0.2.1');
        },
      );
    }
  });

  it('says at its place what is left out, and why', () => {
    const lines = (dumps.get('skydns') as string).split('\n');
    const alone = '; left out, because a CNAME stands alone (RFC 1034 3.6.2): ';
    expect(lines.filter((line) => line.includes('www.example.org.\t'))).toEqual([
      'www.example.org.\t300\tIN\tCNAME\tweb.example.org.',
      `${alone}www.example.org.\t300\tIN\tPTR\tweb.example.org.`,
      `${alone}www.example.org.\t300\tIN\tSRV\t10 100 0 web.example.org.`,
    ]);
    const leftOut = (dumps.get('strict') as string).split('\n').filter((line) => line.startsWith('; left out, '));
    expect(leftOut.map((line) => line.replaceAll('\t', ' '))).toEqual([
      `${alone}h1._http.example.org. 300 IN SRV 10 100 80 web.example.org.`,
      `${alone}both.example.org. 300 IN MX 10 mail.example.org.`,
      `${alone}both.example.org. 300 IN CAA 0 issue "ca.example"`,
      `${alone}far.example.org. 300 IN SRV 20 100 443 host.example.net.`,
      '; left out, because its name has another one (RFC 2181 10.1, RFC 6672 2.4): moved.example.org. 300 IN DNAME example.com.',
      '; left out, because of the DNAME of moved.example.org. above it (RFC 6672 2.4): hidden.moved.example.org. 300 IN A 192.0.2.21',
      `${alone}port.example.org. 300 IN SRV 10 100 8080 web.example.org.`,
      `${alone}shop.example.org. 300 IN TXT "beside an alias"`,
      '; left out, because a wildcard cannot delegate (RFC 4592 4.2): *.star.example.org. 300 IN NS ns.example.net.',
      '; left out, because its name is delegated: sub.example.org. 300 IN TXT "hidden by its delegation"',
      '; left out, because sub.example.org. is delegated, and this is no glue: hidden.sub.example.org. 300 IN TXT "below the delegation"',
      `${alone}s1.svc.example.org. 300 IN SRV 10 100 80 web.example.org.`,
    ]);
  });

  it('of a zone without any record and name server of its own is loaded as well: ns1 is where the block listens', async () => {
    const corefile = `. {\nbind 192.0.2.53 2001:db8::53 127.0.0.1\netcd fresh.example {\nendpoint ${etcd.endpoint}\n}\n}`;
    const result = loadCorefile(corefile, { file: 'Corefile' });
    if (!result.ok) throw result.problems[0] as Error;
    const lines = (await dumpZone(result.version, 'fresh.example')).split('\n').map((line) => line.replaceAll('\t', ' '));
    expect([lines[0], ...lines.slice(2)]).toEqual([
      '$ORIGIN fresh.example.',
      'fresh.example. 3600 IN NS ns1.fresh.example.',
      'ns1.fresh.example. 3600 IN A 192.0.2.53',
      'ns1.fresh.example. 3600 IN AAAA 2001:db8::53',
      '',
    ]);
  });

  it('begins with what other servers may complain about', async () => {
    const store = createEtcdStore({ endpoints: [etcd.endpoint] });
    await writeContent(store, { 'com/example/mail': { host: '192.0.2.1', records: ['MX 10 lost.example.com'] } });
    await store.close();
    const corefile = `. {\netcd example.com {\nendpoint ${etcd.endpoint}\nmode strict\nns ns1.example.net.\n}\n}`;
    const result = loadCorefile(corefile, { file: 'Corefile' });
    if (!result.ok) throw result.problems[0] as Error;
    expect((await dumpZone(result.version, 'example.com')).split('\n')[0]).toBe(
      '; note: the MX of mail.example.com. leads to lost.example.com., which has no A or AAAA in the zone: add one, or correct the name',
    );
  });

  it('of a reverse zone has its PTR', async () => {
    const text = await dumped('skydns', '192.in-addr.arpa');
    expect(text).toContain('1.2.0.192.in-addr.arpa.\t300\tIN\tPTR\tweb.example.org.');
    expect(text).not.toContain('left out');
  });
});
