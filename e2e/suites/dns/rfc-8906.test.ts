import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { etcdRequirement, programRequirement, startEtcd, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { putKey } from '../../world/etcd-gateway.ts';
import { fileZone } from './internet/served-zones.ts';
import { answers, type DnsProcess, startDns } from './server/dns-process.ts';

const skipped = unmet('RFC 8906 section 8 with dig', etcdRequirement(), programRequirement('dig', 'bind9-dnsutils'));

/** What a row expects of the text that dig prints. */
interface Row {
  readonly section: string;
  readonly what: string;
  /** Options of dig as the RFC prints them; `soa` and the like are the type, without one there is no question. */
  readonly options: string;
  readonly status: string;
  readonly flags: RegExp;
  /** Lines that have to be there, lines that may not. */
  readonly has: readonly RegExp[];
  readonly hasNot: readonly RegExp[];
}

const soa = /^\S+\s+\d+\s+IN\s+SOA\s/m;
const soaAnswer = /;; ANSWER SECTION:\n\S+\s+\d+\s+IN\s+SOA\s/;
const opt = /OPT PSEUDOSECTION/;
const version0 = /EDNS: version: 0,/;
const isOwn = /^qr aa(?!.*\b(ad|ra)\b)/;

const row = (section: string, what: string, options: string, rest: Partial<Row>): Row => ({
  section,
  what,
  options,
  status: 'NOERROR',
  flags: isOwn,
  has: [soaAnswer],
  hasNot: [],
  ...rest,
});
const plain = { hasNot: [opt] };
const edns = { has: [soaAnswer, version0] };
const badVersion = { status: 'BADVERS', flags: /^qr\b/, has: [version0], hasNot: [soa, /MBZ/, /OPT=100/] };

const rows: readonly Row[] = [
  row('8.1.1', 'is the server there', '+noedns +noad +norec soa', plain),
  row('8.1.2', 'unknown types', '+noedns +noad +norec type1000', { has: [/ANSWER: 0,/], hasNot: [opt] }),
  row('8.1.3.1', 'CD=1', '+noedns +noad +norec +cd soa', plain),
  row('8.1.3.2', 'AD=1', '+noedns +norec +ad soa', plain),
  row('8.1.3.3', 'the reserved bit', '+noedns +noad +norec +zflag soa', { hasNot: [opt, /MBZ/] }),
  row('8.1.3.4', 'RD=1', '+noedns +noad +rec soa', { ...plain, flags: /^qr aa rd$/ }),
  row('8.1.4', 'unknown opcodes', '+noedns +noad +opcode=15 +norec +header-only', {
    status: 'NOTIMP',
    flags: /^qr$/,
    has: [/opcode: RESERVED15/, /QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0/],
    hasNot: [soa, opt],
  }),
  row('8.1.5', 'TCP', '+noedns +noad +norec +tcp soa', plain),
  row('8.2.1', 'EDNS version 0', '+nocookie +edns=0 +noad +norec soa', edns),
  row('8.2.2', 'EDNS version 1', '+nocookie +edns=1 +noednsneg +noad +norec soa', badVersion),
  row('8.2.3', 'unknown options', '+nocookie +edns=0 +noad +norec +ednsopt=100 soa', { ...edns, hasNot: [/OPT=100/] }),
  row('8.2.4', 'unknown flags', '+nocookie +edns=0 +noad +norec +ednsflags=0x40 soa', { ...edns, hasNot: [/MBZ/] }),
  row('8.2.5', 'EDNS version 1 with unknown flags', '+nocookie +edns=1 +noednsneg +noad +norec +ednsflags=0x40 soa', badVersion),
  row('8.2.6', 'EDNS version 1 with unknown options', '+nocookie +edns=1 +noednsneg +noad +norec +ednsopt=100 soa', badVersion),
  row('8.2.7', 'truncated responses', '+norec +dnssec +bufsize=512 +ignore dnskey', { has: [version0] }),
  row('8.2.8', 'DO=1', '+nocookie +edns=0 +noad +norec +dnssec soa', { has: [soaAnswer, /EDNS: version: 0, flags: do;/] }),
  row('8.2.9', 'EDNS version 1 with DO=1', '+nocookie +edns=1 +noednsneg +noad +norec +dnssec soa', badVersion),
  row('8.2.10', 'several options', '+edns=0 +noad +norec +cookie +nsid +expire +subnet=0.0.0.0/0 soa', {
    has: [soaAnswer, version0, /COOKIE: .*good/],
  }),
];

describe.skipIf(skipped)('RFC 8906 section 8', () => {
  const parts: AsyncDisposable[] = [];
  let dns: DnsProcess;

  beforeAll(async () => {
    const etcd = await startEtcd();
    parts.push(etcd);
    await putKey(etcd.endpoint, '/skydns/org/example/web', '{"host":"192.0.2.80"}');
    dns = await startDns({
      corefile: (port) => `example.org:${port} {
    bind 127.0.0.1
    etcd {
        endpoint ${etcd.endpoint}
    }
}
file.org:${port} {
    bind 127.0.0.1
    file file.org.zone
}
`,
      files: { 'file.org.zone': fileZone },
    });
    parts.push(dns);
    await answers(dns, 'web.example.org', 'A');
  });
  afterAll(async () => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
  });

  describe.each(['example.org', 'file.org'])('%s', (zone) => {
    describe.each(['udp', 'tcp'])('%s', (transport) => {
      it.each(rows)('$section $what', async ({ options, status, flags, has, hasNot }) => {
        const words = options.split(' ');
        const names = words.includes('+header-only') ? [] : [zone];
        const common = ['-p', String(dns.port), '@127.0.0.1', '+qr', '+tries=1', '+time=10', '+nobadcookie'];
        const { stdout } = await promisify(execFile)('dig', [...common, ...(transport === 'tcp' ? ['+tcp'] : []), ...words, ...names]);
        // With +qr the question is printed first.
        const text = stdout.slice(stdout.indexOf(';; Got answer:'));
        expect(text).toContain(';; Got answer:');
        expect(/status: (\w+)/.exec(text)?.[1]).toBe(status);
        expect(/flags: ([^;]*);/.exec(text)?.[1]).toMatch(flags);
        for (const pattern of has) expect(text).toMatch(pattern);
        for (const pattern of hasNot) expect(text).not.toMatch(pattern);
      });
    });
  });
});
