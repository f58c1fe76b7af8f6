import { describe, expect, it } from 'vitest';

import { ask, type Content, indexOf, keyValue } from '../../testing/ask.ts';
import type { SkydnsZones, SkydnsZonesOptions } from './index.ts';
import { maxRecordsBelow } from './node-rrsets.ts';

const skydns = (content: Content, options: Partial<SkydnsZonesOptions> = {}): SkydnsZones =>
  indexOf(content, { mode: 'skydns', ...options });
const answer = (zones: SkydnsZones, question: string): readonly string[] => {
  const { rcode, answer: records } = ask(zones, question);
  return rcode === 'NOERROR' ? records : [rcode];
};

describe('in mode skydns', () => {
  it('services of one priority, port and host are one SRV, with the sum of their shares', () => {
    const zones = skydns({
      'org/example/svc/a': { host: '192.0.2.1', port: 80, weight: 50 },
      'org/example/svc/b': { host: 'web.example.org', port: 80, weight: 50, ttl: 60 },
      'org/example/svc/c': { host: 'web.example.org', port: 80, weight: 100, ttl: 30 },
      'org/example/svc/d': { host: 'web.example.org', port: 80, priority: 20 },
    });
    expect(answer(zones, 'svc.example.org SRV')).toEqual([
      'svc.example.org. 30 IN SRV 10 25 80 a.svc.example.org.',
      'svc.example.org. 30 IN SRV 10 75 80 web.example.org.',
      'svc.example.org. 30 IN SRV 20 100 80 web.example.org.',
    ]);
  });

  it('a backslash in a text escapes, as CoreDNS reads it', () => {
    const texts = ['v=DKIM1\\; k=rsa', 'a\\\\b', 'a\\010b', 'end\\', '\\1x \\999'];
    const content = Object.fromEntries(texts.map((text, index) => [`org/example/t${index}`, { text }]));
    const said = (zones: SkydnsZones): string[] =>
      texts.flatMap((_, index) => answer(zones, `t${index}.example.org TXT`).map((line) => line.slice(27)));
    expect(said(skydns(content))).toEqual(['"v=DKIM1; k=rsa"', '"a\\\\b"', '"a\\010b"', '"end"', '"1x \\231"']);
    expect(said(indexOf(content))).toEqual(['"v=DKIM1\\\\; k=rsa"', '"a\\\\\\\\b"', '"a\\\\010b"', '"end\\\\"', '"\\\\1x \\\\999"']);
  });

  it.each(['skydns', 'strict'] as const)('in mode %s the hosts that a stored * has of itself are the names that it stands for', (mode) => {
    const zones = indexOf(
      {
        'org/example/*': { host: '192.0.2.1', port: 80 },
        'org/example/mail/*': { host: '192.0.2.2', mail: true },
        'org/example/named/*': { host: 'web.example.org', port: 443 },
        'org/example/alias': { host: 'b.mail.example.org' },
      },
      { mode },
    );
    expect(ask(zones, 'Foo.example.org SRV')).toMatchObject({
      answer: ['Foo.example.org. 300 IN SRV 10 100 80 foo.example.org.'],
      additional: ['Foo.example.org. 300 IN A 192.0.2.1'],
    });
    expect(answer(zones, '*.example.org SRV')).toEqual(['*.example.org. 300 IN SRV 10 100 80 *.example.org.']);
    expect(answer(zones, 'b.mail.example.org MX')).toEqual(['b.mail.example.org. 300 IN MX 10 b.mail.example.org.']);
    expect(answer(zones, 'x.named.example.org SRV')).toEqual(['x.named.example.org. 300 IN SRV 10 100 443 web.example.org.']);
    expect(answer(zones, 'alias.example.org MX').at(-1)).toBe('b.mail.example.org. 300 IN MX 10 b.mail.example.org.');
  });

  it('so are the hosts below a stored *', () => {
    const zones = skydns({ 'org/example/*/node/h': { host: '192.0.2.3' } });
    expect(ask(zones, 'a.example.org SRV')).toMatchObject({
      answer: ['a.example.org. 300 IN SRV 10 100 0 h.node.a.example.org.'],
      additional: ['h.node.a.example.org. 300 IN A 192.0.2.3'],
    });
  });

  it('a name answers with its own records and with those below it', () => {
    const zones = skydns({
      'org/example/web': { host: '192.0.2.1' },
      'org/example/web/a': { host: '192.0.2.2' },
      'org/example/web/b/c': { host: '2001:db8::1', text: 'below' },
      'org/example/web-2/a': { host: '192.0.2.9' },
    });
    expect(answer(zones, 'web.example.org A')).toEqual(['web.example.org. 300 IN A 192.0.2.1', 'web.example.org. 300 IN A 192.0.2.2']);
    expect(answer(zones, 'web.example.org AAAA')).toEqual(['web.example.org. 300 IN AAAA 2001:db8::1']);
    expect(answer(zones, 'web.example.org TXT')).toEqual(['web.example.org. 300 IN TXT "below"']);
    expect(answer(zones, 'a.web.example.org A')).toEqual(['a.web.example.org. 300 IN A 192.0.2.2']);
  });

  it('a change below is seen at every name above it', () => {
    const zones = skydns({ 'org/example/a/b/c/d': { host: '192.0.2.1' } });
    const names = ['d.c.b.a.example.org', 'c.b.a.example.org', 'b.a.example.org', 'a.example.org', 'example.org'];
    for (const name of names) expect(answer(zones, `${name} A`)).toEqual([`${name}. 300 IN A 192.0.2.1`]);
    zones.apply({ revision: 8, events: [{ type: 'put', entry: keyValue('org/example/a/b/c/d', { host: '192.0.2.2' }, 8) }] });
    for (const name of names) expect(answer(zones, `${name} A`)).toEqual([`${name}. 300 IN A 192.0.2.2`]);
    zones.apply({ revision: 9, events: [{ type: 'delete', key: '/skydns/org/example/a/b/c/d', modRevision: 9 }] });
    for (const name of names.slice(0, -1)) expect(answer(zones, `${name} A`)).toEqual(['NXDOMAIN']);
    expect(answer(zones, 'example.org A')).toEqual([]);
  });

  it('an alias of the name itself stands alone, one from below for a name that has no addresses', () => {
    const zones = skydns({
      'org/example/own': { host: 'www.example.net' },
      'org/example/own/a': { host: '192.0.2.1' },
      'org/example/up/leaf': { host: 'www.example.net' },
      'org/example/mixed/a': { host: 'www.example.net' },
      'org/example/mixed/b': { host: '192.0.2.1' },
    });
    expect(answer(zones, 'own.example.org A')).toEqual(['own.example.org. 300 IN CNAME www.example.net.']);
    expect(answer(zones, 'up.example.org A')).toEqual(['up.example.org. 300 IN CNAME www.example.net.']);
    expect(answer(zones, 'up.example.org CNAME')).toEqual(['up.example.org. 300 IN CNAME www.example.net.']);
    expect(answer(zones, 'mixed.example.org A')).toEqual(['mixed.example.org. 300 IN A 192.0.2.1']);
    expect(answer(zones, 'mixed.example.org CNAME')).toEqual([]);
  });

  it('the apex never is an alias', () => {
    const zones = skydns({
      'org/example/a': { host: 'www.example.net' },
      'org/example/5f0c3a91': { host: 'www.example.net', targetstrip: 1 },
    });
    expect(answer(zones, 'example.org A')).toEqual([]);
    expect(answer(zones, 'example.org NS')).toEqual(['example.org. 3600 IN NS ns1.example.org.']);
  });

  it('the apex has the addresses of its zone unless it is not to fall back to them', () => {
    const content = { 'org/example/web': { host: '192.0.2.1' } };
    expect(answer(skydns(content), 'example.org A')).toEqual(['example.org. 300 IN A 192.0.2.1']);
    expect(answer(skydns(content, { noApexFallback: true }), 'example.org A')).toEqual([]);
    const stored = { ...content, 'org/example/dns/apex/a': { host: '192.0.2.2' } };
    expect(answer(skydns(stored, { noApexFallback: true }), 'example.org A')).toEqual(['example.org. 300 IN A 192.0.2.2']);
  });

  it('name servers are those below ns.dns, else those of the options', () => {
    const zones = skydns({ 'org/example/dns/ns/a': { host: '192.0.2.53' }, 'org/example/dns/ns/b': { host: 'ns.example.net' } });
    const { answer: records, additional } = ask(zones, 'example.org NS');
    expect(records).toEqual(['example.org. 300 IN NS a.ns.dns.example.org.', 'example.org. 300 IN NS ns.example.net.']);
    expect(additional).toEqual(['a.ns.dns.example.org. 300 IN A 192.0.2.53']);
  });

  it('what belongs to another zone, or is delegated, is not answered above it', () => {
    const zones = skydns(
      {
        'org/example/sub/a': { host: '192.0.2.1' },
        'org/example/del/11111111': { records: ['NS ns.del.example.org'], targetstrip: 1 },
        'org/example/del/ns': { host: '192.0.2.2' },
        'org/example/z': { host: '192.0.2.3' },
      },
      { zones: ['example.org', 'sub.example.org'] },
    );
    expect(answer(zones, 'example.org A')).toEqual(['example.org. 300 IN A 192.0.2.3']);
    expect(ask(zones, 'x.del.example.org A')).toMatchObject({
      rcode: 'NOERROR',
      answer: [],
      authority: ['del.example.org. 300 IN NS ns.del.example.org.'],
      additional: ['ns.del.example.org. 300 IN A 192.0.2.2'],
    });
  });

  it('a stored wildcard stands for what does not exist, and can be asked itself', () => {
    const zones = skydns({
      'org/example/*/5f0c3a91': { host: '192.0.2.1', targetstrip: 1 },
      'org/example/web': { host: '192.0.2.2' },
    });
    expect(answer(zones, 'x.example.org A')).toEqual(['x.example.org. 300 IN A 192.0.2.1']);
    expect(answer(zones, 'x.y.example.org A')).toEqual(['x.y.example.org. 300 IN A 192.0.2.1']);
    expect(answer(zones, '*.example.org A')).toEqual(['*.example.org. 300 IN A 192.0.2.1']);
    expect(answer(zones, 'x.web.example.org A')).toEqual(['NXDOMAIN']);
  });

  it('`*` and `any` in a question mean any one label, unless the name itself exists', () => {
    const zones = skydns({
      'org/example/eu/web/1': { host: '192.0.2.1' },
      'org/example/eu/mail/1': { host: '192.0.2.3' },
      'org/example/us/web/1': { host: '192.0.2.2' },
      'org/example/us/web/deep/1': { host: 'web.example.net', port: 80 },
      'org/example/as/any': { host: '192.0.2.4' },
      'org/example/as/other': { host: '192.0.2.5' },
    });
    expect(answer(zones, 'web.*.example.org A')).toEqual([
      'web.*.example.org. 300 IN A 192.0.2.1',
      'web.*.example.org. 300 IN A 192.0.2.2',
    ]);
    expect(answer(zones, 'web.any.example.org SRV')).toEqual([
      'web.any.example.org. 300 IN SRV 10 33 0 1.web.eu.example.org.',
      'web.any.example.org. 300 IN SRV 10 33 0 1.web.us.example.org.',
      'web.any.example.org. 300 IN SRV 10 33 80 web.example.net.',
    ]);
    expect(answer(zones, '1.*.*.example.org A')).toHaveLength(3);
    expect(answer(zones, 'nothing.*.example.org A')).toEqual(['NXDOMAIN']);
    expect(answer(zones, 'web.*.example.org MX')).toEqual([]);
    expect(answer(zones, 'any.as.example.org A')).toEqual(['any.as.example.org. 300 IN A 192.0.2.4']);
  });

  it('`records` hold any type, beside host and text, and belong to their own name alone', () => {
    const zones = skydns({
      'org/example/web/5f0c3a91': {
        host: '192.0.2.1',
        targetstrip: 1,
        ttl: 60,
        records: ['CAA 0 issue "ca.example"', '30 IN HTTPS 1 . alpn=h2', 'MX 10 mail.example.org', 'A 192.0.2.2', 'TYPE65280 \\# 2 abcd'],
      },
      'org/example/mail': { host: '192.0.2.25' },
    });
    expect(answer(zones, 'web.example.org CAA')).toEqual(['web.example.org. 60 IN CAA 0 issue "ca.example"']);
    expect(answer(zones, 'web.example.org HTTPS')).toEqual([expect.stringMatching(/^web\.example\.org\. 30 IN HTTPS /)]);
    expect(answer(zones, 'web.example.org A')).toEqual(['web.example.org. 60 IN A 192.0.2.1', 'web.example.org. 60 IN A 192.0.2.2']);
    expect(ask(zones, 'web.example.org MX')).toMatchObject({
      answer: ['web.example.org. 60 IN MX 10 mail.example.org.'],
      additional: ['mail.example.org. 300 IN A 192.0.2.25'],
    });
    expect(answer(zones, 'web.example.org TYPE65280')).toHaveLength(1);
    expect(answer(zones, 'example.org CAA')).toEqual([]);
    expect(answer(zones, '5f0c3a91.web.example.org CAA')).toEqual([]);
  });

  it('a record of `records` that cannot be read costs only itself', () => {
    const problems: string[] = [];
    const zones = skydns(
      {
        'org/example/a': { host: '192.0.2.1', records: ['CAA 0 issue', 'SOA a. b. 1 2 3 4 5', 7, 'CAA 0 issue "ca.example"', 'NOTYPE x'] },
      },
      { onProblem: (_key, found) => void (found !== undefined && problems.push(found.problem)) },
    );
    expect(answer(zones, 'a.example.org A')).toHaveLength(1);
    expect(answer(zones, 'a.example.org CAA')).toHaveLength(1);
    expect(problems).toHaveLength(1);
    for (const part of ['records[0] CAA', 'records[1] has the type SOA', 'records[2] is not a text', 'records[4] starts with "NOTYPE"'])
      expect(problems[0]).toContain(part);
  });

  it('DNAME and CNAME may be among `records`', () => {
    const zones = skydns({
      'org/example/old': { records: ['DNAME new.example.org'] },
      'org/example/new/www': { host: '192.0.2.1' },
      'org/example/0-15/2': { records: ['CNAME www.new.example.org'] },
    });
    expect(answer(zones, 'www.old.example.org A')).toEqual([
      'old.example.org. 300 IN DNAME new.example.org.',
      'www.old.example.org. 300 IN CNAME www.new.example.org.',
      'www.new.example.org. 300 IN A 192.0.2.1',
    ]);
    expect(answer(zones, '2.0-15.example.org A')).toHaveLength(2);
  });

  it('records that end with a lease have what it leaves as TTL at the moment of each answer', () => {
    let left: number | undefined;
    const zones = skydns({}, { leaseTimes: { remainingSeconds: () => left }, leaseTtlLimits: { minSeconds: 30, maxSeconds: 500 } });
    const leased = (value: unknown) => ({ ...keyValue('org/example/a', value), lease: '42' });
    zones.reset([leased({ host: '192.0.2.1' })], 1);
    const ttl = (): string => (answer(zones, 'a.example.org A')[0] ?? '').split(' ')[1] as string;
    expect(ttl()).toBe('30');
    for (const [seconds, expected] of [
      [1000, '500'],
      [100.9, '100'],
      [99, '99'],
      [3, '30'],
    ] as const) {
      left = seconds;
      expect(ttl()).toBe(expected);
    }
    zones.reset([leased({ host: '192.0.2.1', ttl: 60 })], 2);
    left = 100;
    expect(ttl()).toBe('60');
  });

  it('a name with more below it than an answer can hold answers with the first by key', () => {
    const content = Object.fromEntries(
      Array.from({ length: maxRecordsBelow + 500 }, (_, index) => [
        `org/example/h${String(index).padStart(5, '0')}`,
        { host: `10.0.${index >> 8}.${index & 255}` },
      ]),
    );
    const zones = skydns(content);
    expect(zones.tree.rrsets([...zones.tree.zones()][0]?.node as never).find(({ type }) => type === 1)?.rdata).toHaveLength(
      maxRecordsBelow,
    );
    expect(answer(zones, `h0${maxRecordsBelow + 499}.example.org A`)).toHaveLength(1);
  });
});
