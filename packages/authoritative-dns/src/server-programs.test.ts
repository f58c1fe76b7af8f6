import { programRequirement, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { dig, startTestServer, type TestServer } from './testing/server.ts';

const requirements = [programRequirement('dig', 'bind9-dnsutils'), programRequirement('kdig', 'knot-dnsutils')];

describe.skipIf(unmet('authoritative-dns as dig and kdig see it', ...requirements))('the server as dig and kdig see it', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({
      'org/example/web/11111111': { host: '192.0.2.1', targetstrip: 1, ttl: 60 },
      'org/example/web/22222222': { host: '2001:db8::1', targetstrip: 1 },
      'org/example/alias/11111111': { host: 'web.example.org', targetstrip: 1, text: '"heritage=external-dns"' },
      'org/example/_tcp/_sip/1': { host: 'web.example.org', port: 5060, targetstrip: 1 },
      'org/example/11111111': { host: 'web.example.org', mail: true, targetstrip: 1 },
      'org/example/*/11111111': { host: '192.0.2.77', targetstrip: 1 },
      ...Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`org/example/many/${n}`, { host: `198.51.100.${n}`, targetstrip: 1 }])),
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const soa = /^example\.org\. 5 IN SOA ns1\.example\.org\. hostmaster\.example\.org\. \d+ 14400 3600 1209600 5$/;

  describe.each(['dig', 'kdig'] as const)('%s', (program) => {
    it.each<[string, string, readonly string[], (readonly string[])?]>([
      ['web.example.org A', 'NOERROR', ['web.example.org. 60 IN A 192.0.2.1']],
      ['web.example.org AAAA', 'NOERROR', ['web.example.org. 300 IN AAAA 2001:db8::1']],
      ['alias.example.org A', 'NOERROR', ['alias.example.org. 300 IN CNAME web.example.org.', 'web.example.org. 60 IN A 192.0.2.1']],
      ['alias.example.org TXT', 'NOERROR', [String.raw`alias.example.org. 300 IN TXT "\"heritage=external-dns\""`]],
      [
        '_sip._tcp.example.org SRV',
        'NOERROR',
        ['_sip._tcp.example.org. 300 IN SRV 10 100 5060 web.example.org.'],
        ['web.example.org. 60 IN A 192.0.2.1', 'web.example.org. 300 IN AAAA 2001:db8::1'],
      ],
      [
        'example.org MX',
        'NOERROR',
        ['example.org. 300 IN MX 10 web.example.org.'],
        ['web.example.org. 60 IN A 192.0.2.1', 'web.example.org. 300 IN AAAA 2001:db8::1'],
      ],
      ['example.org NS', 'NOERROR', ['example.org. 3600 IN NS ns1.example.org.'], ['ns1.example.org. 3600 IN A 127.0.0.1']],
      ['other.example.org A', 'NOERROR', ['other.example.org. 300 IN A 192.0.2.77']],
      ['example.net A', 'REFUSED', []],
    ])('%s is %s', async (question, status, answer, additional = []) => {
      for (const transport of ['+notcp', '+tcp']) {
        const result = await dig(server.port, ['+norec', transport, ...question.split(' ')], program);
        expect(result.status).toBe(status);
        expect(result.flags).toBe(status === 'NOERROR' ? 'qr aa' : 'qr');
        expect(result.sections['ANSWER'] ?? []).toEqual(answer);
        expect(result.sections['ADDITIONAL'] ?? []).toEqual(additional);
        expect(result.text).not.toMatch(/WARNING|malformed/i);
      }
    });

    it('gets the whole of a truncated answer over TCP', async () => {
      const result = await dig(server.port, ['+norec', 'many.example.org', 'A'], program);
      expect(result.sections['ANSWER']).toHaveLength(200);
      expect(result.text).toContain('TCP');
    });
  });

  /** The list of RFC 8906 section 8: what a server must make of each query. `opt`: the answer has OPT. */
  it.each<{
    readonly check: string;
    readonly args: string;
    readonly status: string;
    readonly answers?: number;
    readonly opt?: boolean;
    readonly flags?: string;
    readonly authority?: boolean;
  }>([
    { check: '8.1.1 existing type', args: '+noedns +noad +norec SOA example.org', status: 'NOERROR', answers: 1 },
    { check: '8.1.2 unknown type', args: '+noedns +noad +norec TYPE1000 web.example.org', status: 'NOERROR', authority: true },
    { check: '8.1.3.1 CD=1', args: '+noedns +noad +norec +cd SOA example.org', status: 'NOERROR', answers: 1, flags: 'qr aa cd' },
    { check: '8.1.3.2 AD=1', args: '+noedns +norec +ad SOA example.org', status: 'NOERROR', answers: 1 },
    { check: '8.1.3.3 reserved bit', args: '+noedns +noad +norec +zflag SOA example.org', status: 'NOERROR', answers: 1 },
    { check: '8.1.3.4 RD=1', args: '+noedns +noad +rec SOA example.org', status: 'NOERROR', answers: 1, flags: 'qr aa rd' },
    { check: '8.1.4 unknown opcode', args: '+noedns +noad +opcode=15 +norec +header-only example.org', status: 'NOTIMP', flags: 'qr' },
    { check: '8.1.5 TCP', args: '+noedns +noad +norec +tcp SOA example.org', status: 'NOERROR', answers: 1 },
    { check: '8.2.1 EDNS 0', args: '+edns=0 +nocookie +noad +norec SOA example.org', status: 'NOERROR', answers: 1, opt: true },
    { check: '8.2.2 EDNS 1', args: '+edns=1 +noednsneg +nocookie +noad +norec SOA example.org', status: 'BADVERS', opt: true, flags: 'qr' },
    {
      check: '8.2.3 unknown option',
      args: '+edns=0 +nocookie +noad +norec +ednsopt=100 SOA example.org',
      status: 'NOERROR',
      answers: 1,
      opt: true,
    },
    {
      check: '8.2.4 unknown flag',
      args: '+edns=0 +nocookie +noad +norec +ednsflags=0x40 SOA example.org',
      status: 'NOERROR',
      answers: 1,
      opt: true,
    },
    {
      check: '8.2.5 EDNS 1 with flag',
      args: '+edns=1 +noednsneg +nocookie +noad +norec +ednsflags=0x40 SOA example.org',
      status: 'BADVERS',
      opt: true,
      flags: 'qr',
    },
    {
      check: '8.2.6 EDNS 1 with option',
      args: '+edns=1 +noednsneg +nocookie +noad +norec +ednsopt=100 SOA example.org',
      status: 'BADVERS',
      opt: true,
      flags: 'qr',
    },
    {
      check: '8.2.7 truncation',
      args: '+edns=0 +nocookie +noad +norec +dnssec +bufsize=512 +ignore A many.example.org',
      status: 'NOERROR',
      answers: 0,
      opt: true,
      flags: 'qr aa tc',
    },
    { check: '8.2.8 DO=1', args: '+edns=0 +nocookie +noad +norec +dnssec SOA example.org', status: 'NOERROR', answers: 1, opt: true },
    {
      check: '8.2.9 EDNS 1 with DO',
      args: '+edns=1 +noednsneg +nocookie +noad +norec +dnssec SOA example.org',
      status: 'BADVERS',
      opt: true,
      flags: 'qr',
    },
    {
      check: '8.2.10 several options',
      args: '+edns=0 +noad +norec +nsid +cookie +expire +subnet=0.0.0.0/0 SOA example.org',
      status: 'NOERROR',
      answers: 1,
      opt: true,
    },
    {
      check: '8.2.11 options over TCP',
      args: '+edns=0 +tcp +noad +norec +nsid +cookie +keepalive SOA example.org',
      status: 'NOERROR',
      answers: 1,
      opt: true,
    },
  ])('RFC 8906 $check', async ({ args, status, answers = 0, opt = false, flags = 'qr aa', authority = false }) => {
    const result = await dig(server.port, args.split(' '));
    expect(result.status).toBe(status);
    expect(result.flags).toBe(flags);
    expect(result.sections['ANSWER'] ?? []).toHaveLength(answers);
    expect(result.sections['AUTHORITY'] ?? []).toEqual(authority ? [expect.stringMatching(soa)] : []);
    // No option that we do not serve and no flag beyond DO comes back, and no bit of the header that is reserved.
    const shown = /EDNS: version: (\d+), flags:([^;]*); udp: (\d+)/.exec(result.text);
    expect(shown === null ? undefined : [shown[1], shown[2]?.trim(), shown[3]]).toEqual(
      opt ? ['0', args.includes('+dnssec') ? 'do' : '', '1232'] : undefined,
    );
    expect(result.text).not.toMatch(/; (?:NSID|CLIENT-SUBNET|EXPIRE|OPT=)|MBZ/);
    expect(result.text.includes('; COOKIE: ')).toBe(/\+cookie/.test(args));
    expect(result.text.includes('; TCP KEEPALIVE: ')).toBe(args.includes('+keepalive'));
  });

  it('dig shows why a question is refused', async () => {
    expect((await dig(server.port, ['+norec', 'example.net'])).text).toContain('EDE: 20 (Not Authoritative)');
  });

  it('keeps the case of the question, whatever it is', async () => {
    const { sections } = await dig(server.port, ['+norec', 'wEb.ExAmPlE.oRg', 'A']);
    expect(sections['QUESTION']?.[0]).toMatch(/wEb\.ExAmPlE\.oRg\./);
    expect(sections['ANSWER']).toEqual(['wEb.ExAmPlE.oRg. 60 IN A 192.0.2.1']);
  });
});
