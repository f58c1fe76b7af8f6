import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';

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
import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createCorefileServer } from '../../server/corefile-server.ts';
import { type TestCertificate, type TestCertificates, testCertificates } from '../../testing/certificates.ts';
import { writeContent } from '../../testing/server.ts';
import { StreamClient } from '../../testing/stream-client.ts';
import { createQuery } from '../../wire/message.ts';
import { encodeMessage } from '../../wire/message-encoder.ts';
import { recordTypeCode } from '../../wire/record-type.ts';
import { differencesOf, parseScrape, type Scrape, withoutLabel } from './testing/scrape.ts';

const skipped = unmet('metrics of CoreDNS beside ours', corednsRequirement(), etcdRequirement(), programRequirement('openssl', 'openssl'));

/** Ports of one server, by what they are for; the same words stand in the comparison instead of them. */
const portNames = ['dns', 'upstream', 'gone', 'tls', 'https', 'metrics', 'health', 'ready'] as const;
type Ports = Readonly<Record<(typeof portNames)[number], number>>;

const zone = (name: string): string => `$ORIGIN ${name}.
@ 300 SOA ns1 host 1 14400 3600 1209600 60
@ 300 NS ns1
ns1 300 A 192.0.2.53
www 300 A 192.0.2.1
www 300 AAAA 2001:db8::1
alias 300 CNAME www
mail 300 MX 10 www
big 300 TXT ${`"${'x'.repeat(200)}" `.repeat(10)}
*.wild 300 A 192.0.2.9
sub 300 NS ns1.sub
ns1.sub 300 A 192.0.2.54
`;

/** Every directive that both have, of those that one Corefile can have at a time. */
function corefile(folder: string, etcd: string, ports: Ports, { certFile, keyFile }: TestCertificate): string {
  const blocks: Readonly<Record<string, string>> = {
    [`.:${ports.dns}`]: `health 127.0.0.1:${ports.health}\nready 127.0.0.1:${ports.ready}\nreload 10m\nroot ${folder}\ncancel\ntimeouts {\nread 3s\n}\nlog . {\nclass denial\n}
      local\nchaos v1 Ada\nnsid ps0\ncache 60\nforward . 127.0.0.1:${ports.upstream}`,
    [`file.test:${ports.dns} other.test:${ports.dns}`]: `multisocket 2\nany\nbufsize 1232\nloadbalance\nminimal\nfile ${folder}/file.test file.test\nfile ${folder}/other.test other.test`,
    [`test:${ports.dns}`]: `cache 30\nfile ${folder}/in.test in.test\nwhoami`,
    [`etcd.test:${ports.dns}`]: `cache 30\netcd etcd.test {\npath /skydns\nendpoint ${etcd}\n}`,
    [`hosts.test:${ports.dns}`]: `hosts ${folder}/hosts hosts.test {\n10.0.0.9 inline.hosts.test\nfallthrough\n}\nwhoami`,
    [`acl.test:${ports.dns}`]: 'acl {\nblock type TXT\nfilter type AAAA\ndrop type MX\n}\nwhoami',
    [`rewrite.test:${ports.dns}`]: `rewrite name old.rewrite.test www.rewrite.test\nheader {\nresponse set ra\n}\nloop\nwhoami`,
    [`transfer.test:${ports.dns}`]: 'whoami',
    [`gone.test:${ports.dns}`]: `forward . 127.0.0.1:${ports.gone} {\nmax_fails 1\nmax_connect_attempts 1\nhealth_check 50ms\n}`,
    [`upstream.example:${ports.upstream}`]: `file ${folder}/upstream.example`,
    [`tls://tls.test:${ports.tls}`]: `tls ${certFile} ${keyFile}\nfile ${folder}/tls.test`,
    [`https://tls.test:${ports.https}`]: `tls ${certFile} ${keyFile}\nfile ${folder}/tls.test`,
  };
  return Object.entries(blocks)
    .map(([keys, lines]) => `${keys} {\nbind 127.0.0.1\nprometheus 127.0.0.1:${ports.metrics}\nerrors\n${lines}\n}\n`)
    .join('');
}

const zones = ['file.test', 'other.test', 'in.test', 'upstream.example', 'tls.test'];
const hosts = '10.0.0.1 a.hosts.test b.hosts.test\nfd00::1 a.hosts.test\n';

/** `name type`, asked over UDP without EDNS, with DO, and over TCP. */
const questions: readonly string[] = [
  ...zones
    .slice(0, 4)
    .flatMap((name) => [
      ...['A', 'AAAA', 'TXT', 'TYPE65280', 'SRV', 'HTTPS', 'NAPTR', 'CAA', 'TLSA'].map((type) => `www.${name} ${type}`),
      ...['SOA', 'NS', 'MX', 'DNSKEY', 'DS', 'NSEC3PARAM', 'HINFO'].map((type) => `${name} ${type}`),
      `alias.${name} A`,
      `mail.${name} MX`,
      `x.wild.${name} A`,
      `none.${name} A`,
      `WWW.${name.toUpperCase()} A`,
      `x.sub.${name} A`,
    ]),
  ...['web', 'none', 'alias'].flatMap((name) => ['A', 'AAAA', 'MX', 'TXT'].map((type) => `${name}.etcd.test ${type}`)),
  ...['a', 'b', 'inline', 'none'].flatMap((name) => ['A', 'AAAA'].map((type) => `${name}.hosts.test ${type}`)),
  ...['A', 'AAAA', 'TXT'].map((type) => `www.acl.test ${type}`),
  'old.rewrite.test A',
  'www.rewrite.test A',
  'who.test A',
  'localhost A',
  'x.localhost A',
  'localhost.example.org AAAA',
  '1.0.0.127.in-addr.arpa PTR',
];

/** Differences by choice: which, and the line of the manual page that says why. Each must be there, and nothing else. */
const chosen: readonly (readonly [pattern: RegExp, line: string])[] = [
  [/^go_\w+: only CoreDNS$/, '`go_*` – there is no Go runtime; `nodejs_*` says the like of Node.'],
  [/^nodejs_\w+: only ours$/, '`go_*` – there is no Go runtime; `nodejs_*` says the like of Node.'],
  [
    /^process_\w+: only/,
    '`process_*` – those that the Prometheus client of Node gives: without network and the limit of virtual memory, with heap.',
  ],
  [/^seamark_\w+: only ours$/, '`seamark_*` – what CoreDNS does not count.'],
  [/^coredns_build_info\{/, '`coredns_build_info` – versions of Seamark and Node.'],
  [
    /^coredns_reload_version_info: only ours$/,
    '`coredns_reload_version_info` – from the start and without *reload*; CoreDNS after the first look at the file.',
  ],
  [
    /^coredns_cache_(drops|evictions|prefetch|served_stale)_total: only ours$/,
    '`coredns_cache_*` – each series is there from the start, with 0.',
  ],
  [
    /^coredns_cache_\w+\{.*: \d+ instead of \d+$/,
    '`coredns_cache_*` – only what is forwarded counts: own zones are never cached, so their questions neither hit nor miss.',
  ],
  [
    /zone="acl\.test\."\}: \d+ instead of \d+$/,
    'A question that a directive drops (*acl*, *rrl*) is a request without a response; CoreDNS counts a response of 0 octets with NOERROR.',
  ],
  [/zone="rewrite\.test\."\}: (?:\d+ instead of \d+|only CoreDNS, 1)$/, 'The question of *loop* is none of a client and not counted.'],
  [
    /^coredns_dns_response_size_bytes_(?:sum|bucket)\{/,
    '`coredns_dns_response_size_bytes` – octets as sent; CoreDNS measures before names are compressed and before what does not fit is left out.',
  ],
  [
    /^coredns_plugin_enabled\{.*zone="other\.test\."\}: only ours, 1$/,
    '`coredns_plugin_enabled` – for all zones of a block; CoreDNS names the first alone.',
  ],
  [
    /server="dns:\/\/127\.0\.0\.1:dns",(?:type="\w+",)?view="",zone="(?:dropped|transfer\.test\.)"\}: only/,
    'Answers that need no directive (transfers, other opcodes, EDNS versions above 0) count in the zone `dropped`; CoreDNS counts transfers in their zone and the others not at all.',
  ],
  [/^coredns_plugin_enabled\{name="cancel"/, '`coredns_plugin_enabled` – without directives that change nothing (*cancel*).'],
  [
    /^coredns_proxy_conn_cache_(?:hits|misses)_total\{proto="udp".*to="127\.0\.0\.1:upstream"\}/,
    '`coredns_proxy_conn_cache_*` – over UDP each question has a socket of its own (RFC 5452), which is a miss.',
  ],
];
const responses = 'coredns_dns_responses_total';
const pluginLine =
  '`plugin` of `coredns_dns_responses_total` – the directive that answered, also when it failed; CoreDNS gives the one that stands behind *prometheus* in the chain.';

describe.skipIf(skipped)('the metrics of CoreDNS and ours, of one Corefile and the same questions', () => {
  const folder = skipped ? undefined : temporaryFolder('coredns-metrics');
  const parts: AsyncDisposable[] = [];
  let certificates: TestCertificates | undefined;
  let theirs: Scrape = new Map();
  let ours: Scrape = new Map();

  beforeAll(async () => {
    const path = folder?.path ?? '';
    certificates = testCertificates();
    const certificate = certificates.issue('server');
    for (const name of zones) writeFileSync(join(path, name), zone(name));
    writeFileSync(join(path, 'hosts'), hosts);
    const etcd: EtcdServer = await startEtcd();
    parts.push(etcd);
    const store = createEtcdStore({ endpoints: [etcd.endpoint] });
    await writeContent(store, { 'test/etcd/web/1': { host: '192.0.2.7' }, 'test/etcd/alias/1': { host: 'web.etcd.test' } });
    await store.close();
    const [theirPorts, ourPorts] = [await freePorts(), await freePorts()];

    const file = join(path, 'Corefile');
    writeFileSync(file, corefile(path, etcd.endpoint, theirPorts, certificate));
    parts.push(startProcess(corednsProgram(), ['-conf', file]));
    const server = createCorefileServer({ file, text: corefile(path, etcd.endpoint, ourPorts, certificate) });
    await server.start(new AbortController().signal);
    parts.push({ [Symbol.asyncDispose]: () => server.stop() });
    const scrapes: string[] = [];
    for (const ports of [theirPorts, ourPorts]) {
      await eventually(async () => {
        if ((await fetch(`http://127.0.0.1:${ports.ready}/ready`)).status !== 200) throw new Error('a server is not ready');
      });
      await askEverything(ports, certificates.authority.cert);
      const text = await eventually(async () => {
        const scraped = await scrape(ports);
        if (!/^coredns_health_request_duration_seconds_count [1-9]/m.test(scraped)) throw new Error('health was not asked yet');
        return scraped;
      });
      scrapes.push(withoutPorts(text, ports));
    }
    [theirs, ours] = scrapes.map((text) => parseScrape(text)) as [Scrape, Scrape];
  }, 60_000);
  afterAll(async () => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
    certificates?.[Symbol.dispose]();
    folder?.[Symbol.dispose]();
  });

  test('are the same, but for what the manual page names', () => {
    const comparable = (scrape: Scrape): Scrape => withoutLabel(scrape, responses, 'plugin');
    const differences = differencesOf(comparable(theirs), comparable(ours));
    expect(differences.filter((difference) => !chosen.some(([pattern]) => pattern.test(difference)))).toEqual([]);
    expect(chosen.filter(([pattern]) => !differences.some((difference) => pattern.test(difference)))).toEqual([]);
  });

  test('are those of native threads as well', () => {
    const compiled = ours.get('seamark_dns_compiled_answers_total')?.samples.filter(({ labels }) => labels['server']?.endsWith(':dns'));
    expect(Object.fromEntries(compiled?.map(({ labels, value }) => [labels['proto'], value > 50]) ?? [])).toEqual({ udp: true, tcp: true });
  });

  test('name the directive that answers', () => {
    const plugins = (scrape: Scrape): string[] =>
      [...new Set(scrape.get(responses)?.samples.map(({ labels }) => labels['plugin'] ?? ''))].toSorted();
    expect(plugins(theirs)).toEqual(['', 'errors']);
    expect(plugins(ours)).toEqual(['', 'acl', 'cache', 'etcd', 'file', 'forward', 'hosts', 'local', 'whoami']);
  });

  test('differ as the manual page says', () => {
    const page = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8').replaceAll(/\s+/g, ' ');
    expect([...chosen.map(([, line]) => line), pluginLine].filter((line) => !page.includes(line))).toEqual([]);
  });
});

async function freePorts(): Promise<Ports> {
  const ports: [string, number][] = [];
  for (const name of portNames) ports.push([name, await freePort()]);
  return Object.fromEntries(ports) as Ports;
}

async function scrape({ metrics }: Ports): Promise<string> {
  return (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
}

function withoutPorts(text: string, ports: Ports): string {
  return portNames.reduce((result, name) => result.replaceAll(`:${ports[name]}"`, `:${name}"`), text);
}

function queryOf(question: string, id: number, dnssecOk?: boolean, version = 0): Uint8Array {
  const [name = '', type = ''] = question.split(' ');
  const edns = dnssecOk === undefined ? {} : { edns: { udpPayloadSize: 1232, version, dnssecOk, extendedResponseCode: 0, options: [] } };
  return encodeMessage(createQuery({ name, type: recordTypeCode(type) as number, class: 1 }, { id, ...edns }));
}

/** One question at a time, so that each is a question of its own for both servers. */
async function askEverything(ports: Ports, ca: string | Buffer): Promise<void> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const overUdp = async (query: Uint8Array): Promise<void> => {
    const answer = once(socket, 'message');
    socket.send(query, ports.dns, '127.0.0.1');
    await answer;
  };
  using tcp = await StreamClient.open(ports.dns);
  let id = 0;
  for (const question of questions) {
    await overUdp(queryOf(question, ++id));
    await overUdp(queryOf(question, ++id, true));
    tcp.send(queryOf(question, ++id));
    await tcp.received(tcp.answers.length + 1);
  }
  tcp.send(queryOf('transfer.test AXFR', ++id));
  await tcp.received(tcp.answers.length + 1);
  await overUdp(encodeMessage({ ...createQuery({ name: 'transfer.test', type: 6, class: 1 }), opcode: 2 }));
  await overUdp(queryOf('transfer.test SOA', ++id, false, 1));
  // A zone that no block has does not exist with a block for the root; the port of the upstream has none.
  socket.send(queryOf('www.example.org A', ++id), ports.upstream, '127.0.0.1');
  await once(socket, 'message');
  socket.send(queryOf('www.acl.test MX', ++id), ports.dns, '127.0.0.1');
  await overUdp(queryOf('www.gone.test A', ++id));
  await eventually(async () => {
    const failures = /^coredns_proxy_healthcheck_failures_total\{.*\} (\d+)$/m.exec(await scrape(ports))?.[1];
    if (Number(failures ?? 0) < 3) throw new Error('the upstream that is gone does not count as down yet');
  });
  for (let attempt = 0; attempt < 2; attempt++) await overUdp(queryOf('www.gone.test A', ++id));
  socket.close();
  using tls = await StreamClient.open(ports.tls, { ca });
  tls.send(queryOf('www.tls.test A', 1), queryOf('none.tls.test A', 2));
  await tls.received(2);
  await overHttps(ports.https, ca, queryOf('www.tls.test A', 0));
}

function overHttps(port: number, ca: string | Buffer, query: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/dns-message' };
    request({ host: '127.0.0.1', port, ca, method: 'POST', path: '/dns-query', headers }, (response) => {
      response.resume().once('end', () => resolve());
    })
      .once('error', reject)
      .end(query);
  });
}
