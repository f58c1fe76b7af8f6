import { describe, expect, it } from 'vitest';

import { createQuery } from './wire/message.ts';
import { decodeMessage } from './wire/message-decoder.ts';
import { encodeMessage } from './wire/message-encoder.ts';
import { testClient } from './testing/client.ts';
import { ask, type Content, indexOf, pipelineOf, sectionsOf } from './testing/ask.ts';

const soa = 'example.org. 5 IN SOA ns1.example.org. hostmaster.example.org. 7 14400 3600 1209600 5';
const long = 'x'.repeat(300);

/** Records as ExternalDNS and dns-sync write them (one leaf below the name), and hand-written ones at the name itself. */
const content: Content = {
  'org/example/web/5f0c3a91': { host: '192.0.2.1', ttl: 60, targetstrip: 1 },
  'org/example/web/77a9856e': { host: '192.0.2.2', ttl: 30, targetstrip: 1 },
  'org/example/web/88a9856e': { host: '2001:db8::1', targetstrip: 1 },
  'org/example/a-web/1b2c3d4e': { text: '"heritage=external-dns,external-dns/owner=us"', targetstrip: 1 },
  'org/example/alias/aaaaaaaa': { host: 'web.example.org', ttl: 10, targetstrip: 1, text: 'owned' },
  'org/example/alias2/aaaaaaaa': { host: 'alias.example.org', targetstrip: 1 },
  'org/example/dangling/aaaaaaaa': { host: 'nothing.example.org', targetstrip: 1 },
  'org/example/outside/aaaaaaaa': { host: 'www.example.net', targetstrip: 1 },
  'org/example/loop1/aaaaaaaa': { host: 'loop2.example.org', targetstrip: 1 },
  'org/example/loop2/aaaaaaaa': { host: 'loop1.example.org', targetstrip: 1 },
  'org/example/both/aaaaaaaa': { host: '192.0.2.9', text: 'beside the address', targetstrip: 1 },
  'org/example/deep/below/this': { host: '192.0.2.3' },
  'org/example/parent': { host: '192.0.2.4' },
  'org/example/parent/child': { host: '192.0.2.5' },
  'org/example/_tcp/_sip/1': { host: '192.0.2.6', port: 5060, priority: 20, targetstrip: 1 },
  'org/example/_tcp/_sip/2': { host: 'web.example.org', port: 5061, weight: 50, targetstrip: 1 },
  'org/example/_tcp/_sip/3': { host: 'www.example.net', port: 5061, weight: 150, targetstrip: 1 },
  'org/example/svc': { host: 'web.example.org', port: 8080 },
  'org/example/aaaaaaaa': { host: 'mx.example.org', mail: true, priority: 5, targetstrip: 1 },
  'org/example/bbbbbbbb': { host: 'mx.example.net', mail: true, targetstrip: 1 },
  'org/example/mx/1': { host: '192.0.2.25', targetstrip: 1 },
  'org/example/mx/2': { host: '2001:db8::25', targetstrip: 1 },
  'org/example/long': { text: long },
  'org/example/apps/*/5f0c3a91': { host: '192.0.2.77', targetstrip: 1 },
  'org/example/apps/*/6f0c3a91': { text: 'wild', targetstrip: 1 },
  'org/example/apps/there/sub/5f0c3a91': { host: '192.0.2.78', targetstrip: 1 },
  'org/example/calias/*/5f0c3a91': { host: 'web.example.org', targetstrip: 1 },
  'org/example/mapped': { host: '::ffff:192.0.2.8' },
  'org/example/Upper/5f0c3a91': { host: '192.0.2.10', targetstrip: 1 },
  'org/example/sub/zone/x/5f0c3a91': { host: '192.0.2.11', targetstrip: 1 },
  'arpa/in-addr/192/0/2/1': { host: 'web.example.org', ttl: 20 },
};
const index = indexOf(content, { zones: ['example.org', 'zone.sub.example.org', '2.0.192.in-addr.arpa'] });

const web = ['192.0.2.1', '192.0.2.2'];
const webA = (ttl = 30): string[] => web.map((address) => `web.example.org. ${ttl} IN A ${address}`);

describe('answers', () => {
  it.each<[string, string, readonly string[], (readonly string[])?, (readonly string[])?]>([
    // Data
    ['web.example.org A', 'NOERROR', webA()],
    ['WEB.Example.ORG A', 'NOERROR', webA().map((line) => line.replace('web.example.org', 'WEB.Example.ORG'))],
    ['web.example.org AAAA', 'NOERROR', ['web.example.org. 300 IN AAAA 2001:db8::1']],
    ['a-web.example.org TXT', 'NOERROR', ['a-web.example.org. 300 IN TXT "\\"heritage=external-dns,external-dns/owner=us\\""']],
    ['both.example.org A', 'NOERROR', ['both.example.org. 300 IN A 192.0.2.9']],
    ['both.example.org TXT', 'NOERROR', ['both.example.org. 300 IN TXT "beside the address"']],
    ['long.example.org TXT', 'NOERROR', [`long.example.org. 300 IN TXT "${long.slice(0, 255)}" "${long.slice(255)}"`]],
    ['mapped.example.org A', 'NOERROR', ['mapped.example.org. 300 IN A 192.0.2.8']],
    ['upper.example.org A', 'NOERROR', ['upper.example.org. 300 IN A 192.0.2.10']],
    ['1.2.0.192.in-addr.arpa PTR', 'NOERROR', ['1.2.0.192.in-addr.arpa. 20 IN PTR web.example.org.']],
    // A leaf is no name; a parent has its own data and nothing of its children
    ['5f0c3a91.web.example.org A', 'NXDOMAIN', [], [soa]],
    ['parent.example.org A', 'NOERROR', ['parent.example.org. 300 IN A 192.0.2.4']],
    ['child.parent.example.org A', 'NOERROR', ['child.parent.example.org. 300 IN A 192.0.2.5']],
    // No data, no name (RFC 2308, RFC 8020)
    ['web.example.org MX', 'NOERROR', [], [soa]],
    ['web.example.org TYPE1000', 'NOERROR', [], [soa]],
    ['below.deep.example.org A', 'NOERROR', [], [soa]],
    ['deep.example.org CNAME', 'NOERROR', [], [soa]],
    ['nothing.example.org A', 'NXDOMAIN', [], [soa]],
    ['x.web.example.org A', 'NXDOMAIN', [], [soa]],
    [
      '1.2.0.192.in-addr.arpa A',
      'NOERROR',
      [],
      ['2.0.192.in-addr.arpa. 5 IN SOA ns1.2.0.192.in-addr.arpa. hostmaster.2.0.192.in-addr.arpa. 7 14400 3600 1209600 5'],
    ],
    // Aliases (RFC 1034 3.6.2, RFC 6604)
    ['alias.example.org A', 'NOERROR', ['alias.example.org. 10 IN CNAME web.example.org.', ...webA()]],
    ['alias.example.org CNAME', 'NOERROR', ['alias.example.org. 10 IN CNAME web.example.org.']],
    ['alias.example.org TXT', 'NOERROR', ['alias.example.org. 10 IN TXT "owned"']],
    ['alias.example.org MX', 'NOERROR', ['alias.example.org. 10 IN CNAME web.example.org.'], [soa]],
    [
      'alias2.example.org AAAA',
      'NOERROR',
      [
        'alias2.example.org. 300 IN CNAME alias.example.org.',
        'alias.example.org. 10 IN CNAME web.example.org.',
        'web.example.org. 300 IN AAAA 2001:db8::1',
      ],
    ],
    ['dangling.example.org A', 'NXDOMAIN', ['dangling.example.org. 300 IN CNAME nothing.example.org.'], [soa]],
    ['outside.example.org A', 'NOERROR', ['outside.example.org. 300 IN CNAME www.example.net.']],
    [
      'loop1.example.org A',
      'NOERROR',
      ['loop1.example.org. 300 IN CNAME loop2.example.org.', 'loop2.example.org. 300 IN CNAME loop1.example.org.'],
    ],
    // Services and mail
    [
      '_sip._tcp.example.org SRV',
      'NOERROR',
      [
        '_sip._tcp.example.org. 300 IN SRV 20 100 5060 _sip._tcp.example.org.',
        '_sip._tcp.example.org. 300 IN SRV 10 25 5061 web.example.org.',
        '_sip._tcp.example.org. 300 IN SRV 10 75 5061 www.example.net.',
      ],
      [],
      ['_sip._tcp.example.org. 300 IN A 192.0.2.6', ...webA(), 'web.example.org. 300 IN AAAA 2001:db8::1'],
    ],
    [
      'svc.example.org SRV',
      'NOERROR',
      ['svc.example.org. 300 IN SRV 10 100 8080 web.example.org.'],
      [],
      [...webA(), 'web.example.org. 300 IN AAAA 2001:db8::1'],
    ],
    ['svc.example.org A', 'NOERROR', ['svc.example.org. 300 IN CNAME web.example.org.', ...webA()]],
    [
      'example.org MX',
      'NOERROR',
      ['example.org. 300 IN MX 5 mx.example.org.', 'example.org. 300 IN MX 10 mx.example.net.'],
      [],
      ['mx.example.org. 300 IN A 192.0.2.25', 'mx.example.org. 300 IN AAAA 2001:db8::25'],
    ],
    ['example.org A', 'NOERROR', [], [soa]],
    // The apex
    ['example.org SOA', 'NOERROR', ['example.org. 3600 IN SOA ns1.example.org. hostmaster.example.org. 7 14400 3600 1209600 5']],
    ['example.org NS', 'NOERROR', ['example.org. 3600 IN NS ns1.example.org.']],
    ['web.example.org SOA', 'NOERROR', [], [soa]],
    ['web.example.org NS', 'NOERROR', [], [soa]],
    // Wildcards (RFC 4592): below the closest encloser only, and not where a name exists
    ['any.apps.example.org A', 'NOERROR', ['any.apps.example.org. 300 IN A 192.0.2.77']],
    ['a.b.c.apps.example.org TXT', 'NOERROR', ['a.b.c.apps.example.org. 300 IN TXT "wild"']],
    ['any.apps.example.org AAAA', 'NOERROR', [], [soa]],
    ['*.apps.example.org A', 'NOERROR', ['*.apps.example.org. 300 IN A 192.0.2.77']],
    ['apps.example.org A', 'NOERROR', [], [soa]],
    ['there.apps.example.org A', 'NOERROR', [], [soa]],
    ['x.there.apps.example.org A', 'NXDOMAIN', [], [soa]],
    ['x.sub.there.apps.example.org A', 'NXDOMAIN', [], [soa]],
    ['n.calias.example.org A', 'NOERROR', ['n.calias.example.org. 300 IN CNAME web.example.org.', ...webA()]],
    // Zones: the longest wins; none of ours is refused
    ['x.zone.sub.example.org A', 'NOERROR', ['x.zone.sub.example.org. 300 IN A 192.0.2.11']],
    [
      'y.zone.sub.example.org A',
      'NXDOMAIN',
      [],
      ['zone.sub.example.org. 5 IN SOA ns1.zone.sub.example.org. hostmaster.zone.sub.example.org. 7 14400 3600 1209600 5'],
    ],
    ['sub.example.org A', 'NOERROR', [], [soa]],
    ['example.net A', 'REFUSED', []],
    ['org A', 'REFUSED', []],
    ['. NS', 'REFUSED', []],
    // Types that are no data
    ['web.example.org ANY', 'NOERROR', ['web.example.org. 3600 IN HINFO "RFC8482" ""']],
    ['alias.example.org ANY', 'NOERROR', ['alias.example.org. 10 IN CNAME web.example.org.']],
    ['deep.example.org ANY', 'NOERROR', [], [soa]],
    ['nothing.example.org ANY', 'NXDOMAIN', [], [soa]],
    ['example.org AXFR', 'REFUSED', []],
    ['example.org IXFR', 'REFUSED', []],
    ['example.org MAILB', 'NOTIMP', []],
    ['example.org TSIG', 'FORMERR', []],
    ['example.org OPT', 'FORMERR', []],
  ])('%s is %s', (question, rcode, answer, authority = [], additional = []) => {
    const { message, ...sections } = ask(index, question);
    expect(sections).toEqual({ rcode, answer, authority, additional });
    expect(message.authoritative).toBe(rcode === 'NOERROR' || rcode === 'NXDOMAIN');
    expect(message.truncated).toBe(false);
  });

  it('follows 16 aliases of a longer chain', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 20 }, (_, step) => [`org/example/c${step}`, { host: `c${step + 1}.example.org` }]),
    );
    const { rcode, answer } = ask(indexOf(chain), 'c0.example.org A');
    expect(rcode).toBe('NOERROR');
    expect(answer).toHaveLength(17);
  });

  it('answers from the root zone', () => {
    const root = indexOf({ 'org/example/web': { host: '192.0.2.1' } }, { zones: ['.'] });
    expect(ask(root, 'web.example.org A').answer).toEqual(['web.example.org. 300 IN A 192.0.2.1']);
    expect(ask(root, 'example.org A')).toMatchObject({
      rcode: 'NOERROR',
      authority: ['. 5 IN SOA ns1. hostmaster. 7 14400 3600 1209600 5'],
    });
    expect(ask(root, 'nothing A')).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(ask(root, '. NS').answer).toEqual(['. 3600 IN NS ns1.']);
  });
});

describe('EDNS', () => {
  const edns = {
    udpPayloadSize: 4096,
    version: 0,
    dnssecOk: true,
    options: [
      { code: 100, data: Uint8Array.of(1) },
      { code: 10, data: new Uint8Array(8) },
    ],
  };

  it('is in the answer only when asked for, with our own size, DO as asked, and no option echoed', () => {
    expect(ask(index, 'web.example.org A').message.edns).toBeUndefined();
    for (const question of ['web.example.org A', 'nothing.example.org A', 'alias.example.org A', 'example.org MX', 'example.org ANY']) {
      expect(ask(index, question, { edns }).message.edns).toEqual({ udpPayloadSize: 1232, version: 0, dnssecOk: true, options: [] });
      expect(ask(index, question, { edns: { ...edns, dnssecOk: false } }).message.edns?.dnssecOk).toBe(false);
    }
  });

  it('of another version is BADVERS', () => {
    const { rcode, message } = ask(index, 'web.example.org A', { edns: { ...edns, version: 1 } });
    expect(rcode).toBe('BADVERS');
    expect(message.edns?.version).toBe(0);
    expect(message.answers).toEqual([]);
  });

  it('says why a question is refused (RFC 8914)', () => {
    const { message } = ask(index, 'example.net A', { edns });
    expect(message.edns?.options).toEqual([{ code: 15, data: Uint8Array.of(0, 20) }]);
  });

  it('before the first load is SERVFAIL with Not Ready, whatever is asked', () => {
    const out = new Uint8Array(512);
    const query = encodeMessage(createQuery({ name: 'web.example.org', type: 1, class: 1 }, { edns }));
    const length = pipelineOf(index, () => false).answer(query, testClient('udp'), out) as number;
    const message = decodeMessage(out.subarray(0, length));
    expect(sectionsOf(message)).toEqual({ rcode: 'SERVFAIL', answer: [], authority: [], additional: [] });
    expect(message.authoritative).toBe(false);
    expect(message.edns?.options).toEqual([{ code: 15, data: Uint8Array.of(0, 14) }]);
  });
});

describe('the size of answers over UDP', () => {
  const many = Object.fromEntries(
    Array.from({ length: 200 }, (_, n) => [`org/example/many/${n}`, { host: `192.0.2.${n}`, targetstrip: 1 }]),
  );
  const mail = Object.fromEntries(
    Array.from({ length: 8 }, (_, n) => [`org/example/post/${n}`, { host: `mx${n}.example.org`, mail: true, targetstrip: 1 }]),
  );
  const hosts = Object.fromEntries(
    Array.from({ length: 80 }, (_, n) => [`org/example/mx${n % 8}/${n}`, { host: `198.51.100.${n}`, targetstrip: 1 }]),
  );
  const large = indexOf({ ...many, ...mail, ...hosts, 'org/example/toMany': { host: 'many.example.org' } });
  const edns = (udpPayloadSize: number) => ({ udpPayloadSize, version: 0, dnssecOk: false, options: [] });

  it('an RRset that does not fit is left out whole, with TC and OPT', () => {
    const cut = ask(large, 'many.example.org A', { stream: false, edns: edns(4096) });
    expect(cut).toMatchObject({ rcode: 'NOERROR', answer: [], authority: [], additional: [] });
    expect(cut.message).toMatchObject({ truncated: true, edns: { udpPayloadSize: 1232 } });
    expect(ask(large, 'many.example.org A', { stream: false }).message.truncated).toBe(true);
    const whole = ask(large, 'many.example.org A');
    expect(whole.answer).toHaveLength(200);
    expect(whole.message.truncated).toBe(false);
  });

  it('an alias before it stays', () => {
    const { answer, message } = ask(large, 'tomany.example.org A', { stream: false, edns: edns(1232) });
    expect(answer).toEqual(['tomany.example.org. 300 IN CNAME many.example.org.']);
    expect(message.truncated).toBe(true);
  });

  it('additional addresses are left out whole and without TC', () => {
    const small = ask(large, 'post.example.org MX', { stream: false });
    expect(small.answer).toHaveLength(8);
    expect(small.message.truncated).toBe(false);
    expect(small.additional.length % 10).toBe(0);
    expect(small.additional.length).toBeLessThan(80);
    expect(small.additional.length).toBeGreaterThan(0);
    expect(ask(large, 'post.example.org MX').additional).toHaveLength(80);
  });

  it.each([0, 100, 511, 512, 513, 900, 1232, 4096, 65535])('is never above max(512, min(1232, %i))', (asked) => {
    for (let count = 1; count <= 80; count++) {
      const part = indexOf(Object.fromEntries(Object.entries(many).slice(0, count)));
      const query = encodeMessage(createQuery({ name: 'many.example.org', type: 1, class: 1 }, { edns: edns(asked) }));
      const length = pipelineOf(part).answer(query, testClient('udp'), new Uint8Array(1232)) as number;
      const complete = 12 + 22 + count * 16 + 11;
      const limit = Math.max(512, Math.min(1232, asked));
      expect(length).toBe(complete <= limit ? complete : 12 + 22 + 11);
    }
  });
});
