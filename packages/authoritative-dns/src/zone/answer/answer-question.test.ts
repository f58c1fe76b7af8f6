import { beforeAll, describe, expect, test } from 'vitest';

import type { Next } from '../../chain/handler.ts';
import { type DnsResponse, emptyResponse } from '../../chain/response.ts';
import { ContentZones } from '../../handlers/file/content-zones.ts';
import { readZoneText } from '../../handlers/file/load-zone-file.ts';
import { sectionText } from '../../handlers/testing/answer-text.ts';
import { question, type QuestionOptions } from '../../handlers/testing/question.ts';
import { responseCodeName } from '../../wire/protocol-codes.ts';
import { answerAndFollow, answerQuestion } from './index.ts';

const exampleOrg = String.raw`
@            3600 SOA   ns1 host 7 14400 3600 1209600 300
@            3600 NS    ns1
@            3600 NS    ns.example.net.
@            300  MX    10 mail
ns1          60   A     192.0.2.53
mail         60   A     192.0.2.25
mail         60   AAAA  2001:db8::25
WWW          60   A     192.0.2.1
a.b.c        60   A     192.0.2.2
0/26         60   PTR   www
odd          60   TYPE65280 \# 3 abcdef
alias        120  CNAME www
to-nothing   120  CNAME nothing
to-other     120  CNAME www.example.net.
to-outside   120  CNAME www.example.com.
to-cut       120  CNAME x.cut
circle       120  CNAME circle2
circle2      120  CNAME circle
*.wild       60   A     192.0.2.3
*.wild       60   MX    10 mail
x.wild       60   TXT   "not a wildcard"
y.ent.wild   60   TXT   "below an empty non-terminal"
*.alias-wild 60   CNAME www
sub.*.star   60   TXT   "below a wildcard"
moved        600  DNAME new.example.net.
moved        600  TXT   "beside the DNAME"
growing      600  DNAME longer.growing
cut          900  NS    ns.cut
cut          900  NS    ns.other-cut
cut          900  NS    ns1
cut          900  DS    1 13 2 ${'ab'.repeat(32)}
ns.cut       60   A     192.0.2.101
ns.cut       60   AAAA  2001:db8::101
hidden.cut   60   TXT   "not ours to say"
other-cut    900  NS    ns.other-cut
ns.other-cut 60   A     192.0.2.102
child        900  NS    ns1
child        900  DS    2 13 2 ${'cd'.repeat(32)}
nods         900  NS    ns1
_sip._tcp    60   SRV   0 1 5060 mail
service      60   HTTPS 1 . alpn=h2
service      60   A     192.0.2.80
service2     60   HTTPS 0 service
naptr-s      60   NAPTR 1 1 "s" "SIP+D2T" "" _sip._tcp
naptr-a      60   NAPTR 1 1 "A" "x" "" mail
`;
const plain = '@ 60 SOA ns1 host 1 14400 3600 1209600 300\n@ 60 NS ns1\nns1 60 A 192.0.2.54\n';
const texts: Record<string, string> = {
  'example.org.': exampleOrg,
  'example.net.': `${plain}www 30 A 192.0.2.7\na.new 30 A 192.0.2.8\n`,
  'child.example.org.': `${plain}www 30 A 192.0.2.9\n`,
  'nods.example.org.': plain,
};
const soa = 'example.org. 300 SOA ns1.example.org. host.example.org. 7 14400 3600 1209600 300';
const netSoa = 'example.net. 60 SOA ns1.example.net. host.example.net. 1 14400 3600 1209600 300';
const childSoa = 'child.example.org. 60 SOA ns1.child.example.org. host.child.example.org. 1 14400 3600 1209600 300';

let zones: ContentZones;

beforeAll(() => {
  zones = contentZones(texts);
});

function contentZones(content: Record<string, string>, unread: readonly string[] = []): ContentZones {
  const made = new ContentZones([...Object.keys(content), ...unread], { hashSeed: 1 });
  for (const [zone, text] of Object.entries(content)) made.replace(zone, readZoneText(text, zone, zone).content);
  return made;
}

/** What a response says: `code aa?`, and sections that have something. */
function said(response: DnsResponse | undefined): Record<string, unknown> {
  if (response === undefined) return { code: 'none of our zones' };
  const { answers, authorities, additionals, requiredAdditionals } = response;
  return {
    code: `${responseCodeName(response.responseCode)}${response.authoritative ? ' aa' : ''}`,
    ...(answers.length === 0 ? {} : { answer: sectionText(answers) }),
    ...(authorities.length === 0 ? {} : { authority: sectionText(authorities) }),
    ...(additionals.length === 0 ? {} : { additional: sectionText(additionals) }),
    ...(requiredAdditionals === undefined ? {} : { required: requiredAdditionals }),
  };
}

function ask(asked: string, options: QuestionOptions = {}, from = zones): Record<string, unknown> {
  const [name = '', type = ''] = asked.split(' ');
  return said(answerQuestion(from.tree, question(name, type, options), { by: 'file' }));
}

type Row = [rule: string, question: string, expected: Record<string, unknown>];
const rows = (table: Row[]): void => {
  test.each(table)('%s: %s', (_rule, asked, expected) => {
    expect(ask(asked)).toEqual(expected);
  });
};

describe('what exists is answered with authority (RFC 1034, 2181, 3597, 2317)', () => {
  rows([
    ['an address', 'www.example.org A', { code: 'NOERROR aa', answer: ['www.example.org. 60 A 192.0.2.1'] }],
    ['in any case', 'wWw.EXAMPLE.org A', { code: 'NOERROR aa', answer: ['www.example.org. 60 A 192.0.2.1'] }],
    ['a label with a slash', '0/26.example.org PTR', { code: 'NOERROR aa', answer: ['0/26.example.org. 60 PTR www.example.org.'] }],
    [
      'a type nobody knows',
      'odd.example.org TYPE65280',
      { code: 'NOERROR aa', answer: [String.raw`odd.example.org. 60 TYPE65280 \# 3 abcdef`] },
    ],
    ['the SOA, with its own TTL', 'example.org SOA', { code: 'NOERROR aa', answer: [soa.replace('300', '3600')] }],
    [
      'the NS of an apex, with the addresses that we have',
      'example.org NS',
      {
        code: 'NOERROR aa',
        answer: ['example.org. 3600 NS ns1.example.org.', 'example.org. 3600 NS ns.example.net.'],
        additional: ['ns1.example.org. 60 A 192.0.2.53'],
      },
    ],
    ['a name of no zone of ours', 'www.example.com A', { code: 'none of our zones' }],
  ]);

  test('another class is not ours', () => {
    expect(ask('www.example.org A', { class: 3 })).toEqual({ code: 'none of our zones' });
  });

  test('a zone without content is SERVFAIL with the extended error Not Ready (RFC 8914)', () => {
    const unread = contentZones({}, ['example.org.']);
    const response = answerQuestion(unread.tree, question('www.example.org'), { by: 'file' });
    expect(said(response)).toEqual({ code: 'SERVFAIL' });
    expect(response?.extendedErrors).toEqual([{ code: 14, text: 'zone example.org. has no content' }]);
  });
});

describe('what does not exist is denied with the SOA, whose TTL is the lesser of its own and MINIMUM (RFC 2308, 8020)', () => {
  rows([
    ['no such name', 'nothing.example.org A', { code: 'NXDOMAIN aa', authority: [soa] }],
    ['below a name that is no wildcard', 'a.www.example.org A', { code: 'NXDOMAIN aa', authority: [soa] }],
    ['no such type', 'www.example.org AAAA', { code: 'NOERROR aa', authority: [soa] }],
    ['an empty non-terminal', 'b.c.example.org A', { code: 'NOERROR aa', authority: [soa] }],
    ['SOA below the apex', 'www.example.org SOA', { code: 'NOERROR aa', authority: [soa] }],
    ['in a zone whose SOA has the lesser TTL', 'nothing.example.net A', { code: 'NXDOMAIN aa', authority: [netSoa] }],
  ]);
});

describe('wildcards (RFC 4592)', () => {
  rows([
    [
      'the owner is the name that was asked',
      'a.wild.example.org A',
      { code: 'NOERROR aa', answer: ['a.wild.example.org. 60 A 192.0.2.3'] },
    ],
    ['many labels deep', 'a.b.c.wild.example.org A', { code: 'NOERROR aa', answer: ['a.b.c.wild.example.org. 60 A 192.0.2.3'] }],
    ['asked by its own name', '*.wild.example.org A', { code: 'NOERROR aa', answer: ['*.wild.example.org. 60 A 192.0.2.3'] }],
    ['without the type', 'a.wild.example.org TXT', { code: 'NOERROR aa', authority: [soa] }],
    ['not for a name that exists', 'x.wild.example.org A', { code: 'NOERROR aa', authority: [soa] }],
    ['not below a name that exists', 'a.x.wild.example.org A', { code: 'NXDOMAIN aa', authority: [soa] }],
    ['not for an empty non-terminal', 'ent.wild.example.org A', { code: 'NOERROR aa', authority: [soa] }],
    ['not below an empty non-terminal', 'z.ent.wild.example.org A', { code: 'NXDOMAIN aa', authority: [soa] }],
    ['not for the name above it', 'wild.example.org A', { code: 'NOERROR aa', authority: [soa] }],
    ['an asterisk further right is one for names too', 'x.star.example.org TXT', { code: 'NOERROR aa', authority: [soa] }],
    [
      'and has names below it',
      'sub.*.star.example.org TXT',
      { code: 'NOERROR aa', answer: ['sub.*.star.example.org. 60 TXT "below a wildcard"'] },
    ],
    [
      'an alias',
      'q.alias-wild.example.org A',
      { code: 'NOERROR aa', answer: ['q.alias-wild.example.org. 60 CNAME www.example.org.', 'www.example.org. 60 A 192.0.2.1'] },
    ],
  ]);
});

describe('aliases (RFC 1034 3.6.2, RFC 6604)', () => {
  const alias = (name: string, target: string): string => `${name}.example.org. 120 CNAME ${target}`;
  rows([
    [
      'the alias and what it stands for',
      'alias.example.org A',
      { code: 'NOERROR aa', answer: [alias('alias', 'www.example.org.'), 'www.example.org. 60 A 192.0.2.1'] },
    ],
    ['the alias itself', 'alias.example.org CNAME', { code: 'NOERROR aa', answer: [alias('alias', 'www.example.org.')] }],
    [
      'the target has no such type',
      'alias.example.org TXT',
      { code: 'NOERROR aa', answer: [alias('alias', 'www.example.org.')], authority: [soa] },
    ],
    [
      'the target does not exist',
      'to-nothing.example.org A',
      { code: 'NXDOMAIN aa', answer: [alias('to-nothing', 'nothing.example.org.')], authority: [soa] },
    ],
    [
      'into another zone of ours',
      'to-other.example.org A',
      { code: 'NOERROR aa', answer: [alias('to-other', 'www.example.net.'), 'www.example.net. 30 A 192.0.2.7'] },
    ],
    [
      'which denies',
      'to-other.example.org TXT',
      { code: 'NOERROR aa', answer: [alias('to-other', 'www.example.net.')], authority: [netSoa] },
    ],
    ['to somebody else', 'to-outside.example.org A', { code: 'NOERROR aa', answer: [alias('to-outside', 'www.example.com.')] }],
    [
      'in a circle',
      'circle.example.org A',
      { code: 'NOERROR aa', answer: [alias('circle', 'circle2.example.org.'), alias('circle2', 'circle.example.org.')] },
    ],
    [
      'below a delegation: the referral, with authority over the alias',
      'to-cut.example.org A',
      expect.objectContaining({ code: 'NOERROR aa', answer: [alias('to-cut', 'x.cut.example.org.')], required: 2 }),
    ],
  ]);

  test('what leads out of the zones is asked elsewhere, in the case in which it is stored', async () => {
    const asked: unknown[] = [];
    const outcome = answerAndFollow(zones.tree, question('to-outside.example.org', 'A'), {
      by: 'file',
      askOutside: ({ name, nameAsAsked, type }) => {
        asked.push(Buffer.from(name).toString('latin1'), Buffer.from(nameAsAsked).toString('latin1'), type);
        const authorities = [{ owner: nameAsAsked, type: 2, ttlSeconds: 1, rdata: [new Uint8Array(1)] }];
        return { responseCode: 3, authoritative: false, answers: [], authorities, additionals: [], by: 'forward' };
      },
    });
    expect(asked).toEqual(['\u0003www\u0007example\u0003com\0', '\u0003www\u0007example\u0003com\0', 1]);
    expect(said(await outcome)).toMatchObject({ code: 'NXDOMAIN aa', answer: [alias('to-outside', 'www.example.com.')] });
  });
});

test('a circle of aliases through other parts of the server ends', () => {
  const there = contentZones({ 'there.': `${plain}a 5 CNAME a.here.\n` });
  const here = contentZones({ 'here.': `${plain}a 5 CNAME a.there.\n` });
  const from =
    (zone: ContentZones, other: ContentZones): Next =>
    (request) =>
      answerAndFollow(zone.tree, request, { by: 'file', askOutside: from(other, zone) }) ?? emptyResponse('', 5);
  const outcome = from(here, there)(question('a.here', 'A')) as DnsResponse;
  expect(outcome).toMatchObject({ responseCode: 0, authoritative: true });
  expect(outcome.answers).toHaveLength(9);
});

describe('DNAME (RFC 6672)', () => {
  const dname = 'moved.example.org. 600 DNAME new.example.net.';
  rows([
    [
      'a name below is renamed, by a CNAME with the same TTL',
      'a.moved.example.org A',
      { code: 'NOERROR aa', answer: [dname, 'a.moved.example.org. 600 CNAME a.new.example.net.', 'a.new.example.net. 30 A 192.0.2.8'] },
    ],
    [
      'the new name does not exist',
      'b.moved.example.org A',
      { code: 'NXDOMAIN aa', answer: [dname, 'b.moved.example.org. 600 CNAME b.new.example.net.'], authority: [netSoa] },
    ],
    [
      'CNAME asked',
      'a.moved.example.org CNAME',
      { code: 'NOERROR aa', answer: [dname, 'a.moved.example.org. 600 CNAME a.new.example.net.'] },
    ],
    [
      'its own name is not renamed',
      'moved.example.org TXT',
      { code: 'NOERROR aa', answer: ['moved.example.org. 600 TXT "beside the DNAME"'] },
    ],
    ['nor has it other types', 'moved.example.org A', { code: 'NOERROR aa', authority: [soa] }],
    ['DNAME asked at its name', 'moved.example.org DNAME', { code: 'NOERROR aa', answer: [dname] }],
  ]);

  test('a name that grows too long is YXDOMAIN, with the DNAME', () => {
    const long = `${`${'a'.repeat(60)}.`.repeat(3)}${'b'.repeat(40)}.growing.example.org`;
    const { code, answer } = ask(`${long} A`) as { code: string; answer: string[] };
    expect(code).toBe('YXDOMAIN aa');
    expect(answer[0]).toBe('growing.example.org. 600 DNAME longer.growing.example.org.');
  });

  test('one that leads below itself ends after 16 names', () => {
    const { code, answer } = ask('a.growing.example.org A') as { code: string; answer: string[] };
    expect(code).toBe('NOERROR aa');
    expect(answer).toHaveLength(18);
  });
});

describe('delegations (RFC 1034 4.3.2, RFC 9471)', () => {
  const referral = {
    code: 'NOERROR',
    authority: [
      'cut.example.org. 900 NS ns.cut.example.org.',
      'cut.example.org. 900 NS ns.other-cut.example.org.',
      'cut.example.org. 900 NS ns1.example.org.',
    ],
    additional: [
      'ns.cut.example.org. 60 A 192.0.2.101',
      'ns.cut.example.org. 60 AAAA 2001:db8::101',
      'ns.other-cut.example.org. 60 A 192.0.2.102',
      'ns1.example.org. 60 A 192.0.2.53',
    ],
    required: 2,
  };
  rows([
    ['a name below: its servers, first the addresses that cannot be had otherwise', 'www.cut.example.org A', referral],
    ['the name itself', 'cut.example.org A', referral],
    ['its NS', 'cut.example.org NS', referral],
    ['glue is no answer', 'ns.cut.example.org A', referral],
    ['nor is what else is stored below', 'hidden.cut.example.org TXT', referral],
    ['its DS is ours', 'cut.example.org DS', { code: 'NOERROR aa', answer: [`cut.example.org. 900 DS 1 13 2 ${'ab'.repeat(32)}`] }],
    ['as is that it has none', 'other-cut.example.org DS', { code: 'NOERROR aa', authority: [soa] }],
    ['DS below it is not', 'x.cut.example.org DS', referral],
  ]);
});

describe('a zone in a zone, both ours', () => {
  rows([
    ['the inner one answers', 'www.child.example.org A', { code: 'NOERROR aa', answer: ['www.child.example.org. 30 A 192.0.2.9'] }],
    ['and denies', 'nothing.child.example.org A', { code: 'NXDOMAIN aa', authority: [childSoa] }],
    [
      'DS is asked of the outer one (RFC 4035 3.1.4.1)',
      'child.example.org DS',
      { code: 'NOERROR aa', answer: [`child.example.org. 900 DS 2 13 2 ${'cd'.repeat(32)}`] },
    ],
    ['which also denies it', 'nods.example.org DS', { code: 'NOERROR aa', authority: [soa] }],
    ['DS of a zone whose parent is not ours', 'example.org DS', { code: 'NOERROR aa', authority: [soa] }],
  ]);
});

describe('what the client will ask next comes along (RFC 1035 3.3, 2782, 3403, 9460)', () => {
  const mail = ['mail.example.org. 60 A 192.0.2.25', 'mail.example.org. 60 AAAA 2001:db8::25'];
  test.each<[string, string, string[]]>([
    ['MX', 'example.org MX', mail],
    ['MX of a wildcard', 'a.wild.example.org MX', mail],
    ['SRV', '_sip._tcp.example.org SRV', mail],
    ['HTTPS for its own name', 'service.example.org HTTPS', ['service.example.org. 60 A 192.0.2.80']],
    [
      'HTTPS in alias mode',
      'service2.example.org HTTPS',
      ['service.example.org. 60 A 192.0.2.80', 'service.example.org. 60 HTTPS 1 . alpn="h2"'],
    ],
    ['NAPTR to addresses', 'naptr-a.example.org NAPTR', mail],
    ['NAPTR to services', 'naptr-s.example.org NAPTR', ['_sip._tcp.example.org. 60 SRV 0 1 5060 mail.example.org.']],
  ])('%s', (_type, asked, additional) => {
    expect(ask(asked)).toMatchObject({ code: 'NOERROR aa', additional });
  });
});

describe('ANY is answered with little (RFC 8482)', () => {
  const hinfo = (name: string): string => `${name}. 3600 HINFO "RFC8482" ""`;
  rows([
    ['a name with records', 'www.example.org ANY', { code: 'NOERROR aa', answer: [hinfo('www.example.org')] }],
    ['an apex', 'example.org ANY', { code: 'NOERROR aa', answer: [hinfo('example.org')] }],
    [
      'an alias, which is not followed',
      'alias.example.org ANY',
      { code: 'NOERROR aa', answer: ['alias.example.org. 120 CNAME www.example.org.'] },
    ],
    ['an empty non-terminal', 'b.c.example.org ANY', { code: 'NOERROR aa', authority: [soa] }],
    ['no such name', 'nothing.example.org ANY', { code: 'NXDOMAIN aa', authority: [soa] }],
  ]);
});

describe('a signed zone (RFC 4035 3.1; the proofs are compared with BIND, Knot and NSD in differential.test.ts)', () => {
  const signature = (type: string): string => `RRSIG ${type} 13 2 60 20300101000000 20200101000000 1 example.org. AAAA`;
  const signed = `
@   60 SOA ns1 host 7 14400 3600 1209600 300
@   60 ${signature('SOA')}
@   60 NS ns.example.net.
@   60 NSEC www NS SOA RRSIG NSEC
@   60 ${signature('NSEC')}
www 60 A 192.0.2.1
www 60 ${signature('A')}
www 60 NSEC @ A RRSIG NSEC
`;
  const dnssecOk = { edns: { udpPayloadSize: 1232, version: 0, dnssecOk: true, options: [] } };
  let zone: ContentZones;
  beforeAll(() => {
    zone = contentZones({ 'example.org.': signed });
  });
  const types = (section: unknown): string[] =>
    (section as string[] | undefined)?.map((line) =>
      line
        .split(' ')
        .slice(0, 4)
        .filter((word) => !/^[0-9]/.test(word))
        .join(' '),
    ) ?? [];

  test('gives signatures to those who ask for them', () => {
    expect(types(ask('www.example.org A', dnssecOk, zone)['answer'])).toEqual(['www.example.org. A', 'www.example.org. RRSIG A']);
    expect(types(ask('www.example.org A', {}, zone)['answer'])).toEqual(['www.example.org. A']);
  });

  test('and proofs of what is not there', () => {
    expect(types(ask('nothing.example.org A', dnssecOk, zone)['authority'])).toEqual([
      'example.org. SOA ns1.example.org.',
      'example.org. RRSIG SOA',
      'example.org. NSEC www.example.org.',
      'example.org. RRSIG NSEC',
    ]);
    expect(types(ask('nothing.example.org A', {}, zone)['authority'])).toEqual(['example.org. SOA ns1.example.org.']);
  });

  test('DNSSEC types that are asked for are answered without DO as well', () => {
    expect(types(ask('www.example.org NSEC', {}, zone)['answer'])).toEqual(['www.example.org. NSEC example.org.']);
    expect(types(ask('www.example.org RRSIG', {}, zone)['answer'])).toEqual(['www.example.org. RRSIG A']);
  });

  test('ANY gives one RRset that is signed, not a made-up one', () => {
    expect(types(ask('www.example.org ANY', dnssecOk, zone)['answer'])).toEqual(['www.example.org. A', 'www.example.org. RRSIG A']);
  });
});
