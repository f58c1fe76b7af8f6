import { describe, expect, test } from 'vitest';

import type { Next } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import { type DnsResponse, emptyResponse } from '../../chain/response.ts';
import { addressOctets } from '../../transport/client-address.ts';
import { recordTypeName } from '../../wire/record-type.ts';
import { recordSet, responseOf, sectionText } from '../testing/answer-text.ts';
import { question, type QuestionOptions } from '../testing/question.ts';
import { problemOf, setUp } from '../testing/set-up.ts';
import { nameText } from './name-text.ts';
import { rewriteSetup } from './setup.ts';

/** What the rest of the chain was asked, and what the client got. */
function ask(
  lines: string,
  [name, type = 'A']: readonly [string, string?],
  answer?: Partial<DnsResponse>,
  options: QuestionOptions & { readonly askServer?: Next } = {},
): { asked: DnsRequest | undefined; response: DnsResponse } {
  const { askServer, ...rest } = options;
  const { handler } = setUp(rewriteSetup, lines, { context: askServer === undefined ? {} : { askServer } });
  let asked: DnsRequest | undefined;
  const next: Next = (request) => {
    asked = request;
    const address = { ...recordSet('x', 60, 'A', '192.0.2.1'), owner: request.name };
    return emptyResponse('file', 0, answer ?? { answers: [address] });
  };
  const response = responseOf(handler.handle(question(name, type, rest), next));
  return { asked, response };
}

describe('lines', () => {
  test.each([
    ['rewrite name a.com b.com'],
    ['rewrite stop {\n name regex foo bar\n answer name bar foo\n}'],
    ['rewrite continue {\n ttl regex (.*)\\.coredns\\.rocks 15\n}'],
    ['rewrite name exact a.com b.com'],
    ['rewrite name suffix staging.mydomain.com coredns.rock answer auto'],
    ['rewrite name regex (.*).rocks {1}.org answer name (.*).org {1}.rocks value (.*).org {1}.rocks'],
    ['rewrite name substring a.b b.a answer name (a)\\.(b) {2}.{1}'],
    ['rewrite continue type any HINFO'],
    ['rewrite class CH IN'],
    ['rewrite edns0 local set 65518 abcdefg'],
    ['rewrite edns0 local append 0xffee 0x61626364'],
    ['rewrite edns0 local set 0xffee {client_ip} revert'],
    ['rewrite edns0 local unset 0xffee'],
    ['rewrite edns0 nsid replace'],
    ['rewrite edns0 subnet set 24 56'],
    ['rewrite ttl example.org 30-300'],
    ['rewrite ttl example.org -300'],
    ['rewrite rcode regex .* SERVFAIL NXDOMAIN'],
    ['rewrite cname suffix .example.net .example.org'],
  ])('%s is accepted', (lines) => {
    expect(problemOf(rewriteSetup, lines)).toBeUndefined();
  });

  test.each([
    ['rewrite', 'needs a rule'],
    ['rewrite continue', 'needs a rule'],
    ['rewrite name', 'needs FROM and TO'],
    ['rewrite name a.com', 'needs FROM and TO'],
    ['rewrite name a.com b.com c.com', 'not a way to match'],
    ['rewrite name substring a.com b.com c.com', 'one word too many'],
    ['rewrite name regex ([a]\\.com new-{1}.com', 'cannot be used as a pattern'],
    ['rewrite name regex (.*).rocks {1}.{2}.rocks', '{2} stands for a group'],
    ['rewrite name regex (a) b answer', 'answer needs auto'],
    ['rewrite name regex (a) b answer ttl x y', 'answer needs auto'],
    ['rewrite name regex (a) b answer name x', 'needs FROM and TO'],
    ['rewrite name suffix a b answer auto name c d', 'contradict'],
    ['rewrite answer name a b', 'belongs behind a rule for names'],
    ['rewrite type any a a', 'exactly FROM and TO'],
    ['rewrite type XY A', '"XY" is not a DNS type'],
    ['rewrite class IN WV', '"WV" is not a DNS class'],
    ['rewrite edns0 local', 'needs local, nsid or subnet'],
    ['rewrite edns0 local foo 0xffee x', '"foo" is not done to options'],
    ['rewrite edns0 local set 0xffee', 'needs CODE DATA'],
    ['rewrite edns0 local set 0xffee 0xabcdefg', 'not hexadecimal'],
    ['rewrite edns0 local set 0xffee {dummy}', 'not a variable'],
    ['rewrite edns0 local set 70000 x', 'from 0 to 65535'],
    ['rewrite edns0 nsid set junk', 'needs nothing more'],
    ['rewrite edns0 subnet set 33 56', 'from 0 to 32'],
    ['rewrite ttl example.org -', 'not a TTL'],
    ['rewrite ttl example.org 300-30', 'ends below its start'],
    ['rewrite rcode example.org NONSENSE NXDOMAIN', 'not a response code'],
    ['rewrite dance a b', 'not what a rule can change'],
  ])('%s is refused: %s', (lines, problem) => {
    expect(problemOf(rewriteSetup, lines)).toContain(problem);
    expect(problemOf(rewriteSetup, lines)).toMatch(/^Corefile:[0-9]+: /);
  });
});

describe('names', () => {
  test.each([
    ['name from.nl to.nl', 'from.nl', 'to.nl.', 'from.nl.'],
    ['name exact from.nl to.nl', 'FROM.nl', 'to.nl.', 'from.nl.'],
    ['name prefix foo bar', 'foo.example.com', 'bar.example.com.', 'bar.example.com.'],
    ['name prefix foo. bar. answer auto', 'foo.example.com', 'bar.example.com.', 'foo.example.com.'],
    ['name prefix foo bar', 'food.example.com', 'food.example.com.', 'food.example.com.'],
    ['name suffix com org', 'foo.example.com', 'foo.example.org.', 'foo.example.org.'],
    ['name suffix .com .org answer auto', 'foo.example.com', 'foo.example.org.', 'foo.example.com.'],
    ['name suffix .ingress.rocks nginx.rocks answer auto', 'core.ingress.rocks', 'corenginx.rocks.', 'core.ingress.rocks.'],
    ['name substring from.substring to', 'from.substring.nl', 'to.nl.', 'to.nl.'],
    ['name substring service svc', 'com.example', 'com.example.', 'com.example.'],
    ['name regex (f.*m)\\.regex\\.(nl) to.{2}', 'from.regex.nl', 'to.nl.', 'to.nl.'],
    ['name regex (.*).rocks {1}.maps answer auto', 'foo.rocks', 'foo.maps.', 'foo.rocks.'],
    ['name regex (.*).rocks {1}.maps answer name (.*).maps {1}.works', 'foo.rocks', 'foo.maps.', 'foo.works.'],
  ])('%s: a question for %s asks for %s and answers with %s', (rule, name, wanted, owner) => {
    const { asked, response } = ask(`rewrite ${rule}`, [name]);
    expect(nameText(asked?.name ?? new Uint8Array(1))).toBe(wanted);
    expect(sectionText(response.answers)).toEqual([`${owner} 60 A 192.0.2.1`]);
  });

  test('rules that go on are undone from the last to the first', () => {
    const { asked, response } = ask('rewrite continue name a.org b.org\nrewrite stop name b.org c.org\nrewrite name c.org d.org', [
      'a.org',
    ]);
    expect(nameText(asked?.name ?? new Uint8Array(1))).toBe('c.org.');
    expect(sectionText(response.answers)).toEqual(['a.org. 60 A 192.0.2.1']);
  });

  test('names that records point at are given back as well, in every section', () => {
    const { response } = ask('rewrite name suffix .lan .example.org answer auto', ['_sip._tcp.lan', 'SRV'], {
      answers: [recordSet('_sip._tcp.example.org', 60, 'SRV', '1 2 5060 host.example.org.')],
      authorities: [
        recordSet('sub.example.org', 60, 'NS', 'ns.example.org.'),
        recordSet('sub.example.org', 60, 'SOA', 'ns.example.org. admin.example.org. 1 2 3 4 5'),
        recordSet('sub.example.org', 60, 'NAPTR', '1 2 "u" "sip" "" host.example.org.'),
      ],
      additionals: [recordSet('host.example.org', 60, 'A', '192.0.2.1'), recordSet('m.example.org', 60, 'MX', '10 mx.example.net.')],
    });
    expect(sectionText(response.answers)).toEqual(['_sip._tcp.lan. 60 SRV 1 2 5060 host.lan.']);
    expect(sectionText(response.authorities)).toEqual([
      'sub.lan. 60 NS ns.lan.',
      'sub.lan. 60 SOA ns.lan. admin.example.org. 1 2 3 4 5',
      'sub.lan. 60 NAPTR 1 2 "u" "sip" "" host.lan.',
    ]);
    expect(sectionText(response.additionals)).toEqual(['host.lan. 60 A 192.0.2.1', 'm.lan. 60 MX 10 mx.example.net.']);
  });

  test('a rule that makes no name of a name answers SERVFAIL', () => {
    expect(ask('rewrite name example.org example..org', ['example.org']).response.responseCode).toBe(2);
    expect(ask(`rewrite name regex (.*) {1}${'a.'.repeat(120)}{1}`, ['very.long.example.org']).response.responseCode).toBe(2);
  });
});

describe('types and classes', () => {
  test.each([
    ['type ANY HINFO', 'ANY', 'HINFO'],
    ['type ANY HINFO', 'A', 'A'],
    ['type TYPE65 A', 'HTTPS', 'A'],
  ])('%s makes of %s %s', (rule, type, wanted) => {
    expect(recordTypeName(ask(`rewrite ${rule}`, ['a.nl', type]).asked?.type ?? 0)).toBe(wanted);
  });

  test('the class is that of the first rule that fits', () => {
    const lines = 'rewrite continue class HS CH\nrewrite class CH IN';
    expect(ask(lines, ['a.nl'], undefined, { class: 4 }).asked?.class).toBe(1);
  });
});

describe('answers', () => {
  const answers = [recordSet('a.example.org', 100, 'A', '192.0.2.1')];

  test.each([
    ['ttl a.example.org 15', 15],
    ['ttl suffix .example.org 200-', 200],
    ['ttl regex .* -30', 30],
    ['ttl b.example.org 15', 100],
  ])('%s gives a TTL of %i', (rule, ttl) => {
    expect(ask(`rewrite ${rule}`, ['a.example.org'], { answers }).response.answers[0]?.ttlSeconds).toBe(ttl);
  });

  test.each([
    ['rcode regex .* SERVFAIL NXDOMAIN', 2, 3],
    ['rcode a.example.org 2 0', 2, 0],
    ['rcode a.example.org SERVFAIL NOERROR', 3, 3],
  ])('%s makes of %i %i', (rule, from, to) => {
    expect(ask(`rewrite ${rule}`, ['a.example.org'], { responseCode: from }).response.responseCode).toBe(to);
  });

  test('an alias leads to what the server itself says of its new target', async () => {
    const alias = [recordSet('www.example.org', 60, 'CNAME', 'a.example.net.'), recordSet('a.example.net', 60, 'A', '192.0.2.9')];
    const { handler } = setUp(rewriteSetup, 'rewrite cname suffix .example.net .example.org', {
      context: {
        askServer: ({ name }) => emptyResponse('file', 0, { answers: [{ ...recordSet('x', 5, 'A', '192.0.2.7'), owner: name }] }),
      },
    });
    const response = await handler.handle(question('www.example.org'), () => emptyResponse('file', 0, { answers: alias }));
    expect('drop' in response ? [] : sectionText(response.answers)).toEqual([
      'www.example.org. 60 CNAME a.example.org.',
      'a.example.org. 5 A 192.0.2.7',
    ]);
  });

  test('aliases that lead in a circle end', async () => {
    const next: Next = ({ name }) =>
      emptyResponse('file', 0, { answers: [{ ...recordSet('x', 5, 'CNAME', 'a.example.net.'), owner: name }] });
    let handled = 0;
    const { handler } = setUp(rewriteSetup, 'rewrite cname a.example.net b.example.net', {
      context: {
        askServer: (request) => {
          handled += 1;
          return handler.handle(request, next);
        },
      },
    });
    await handler.handle(question('www.example.org'), next);
    expect(handled).toBe(8);
  });
});

describe('EDNS options', () => {
  const optionsAsked = (rule: string, sent?: readonly (readonly [number, string])[], extra: QuestionOptions = {}): unknown => {
    const options = sent?.map(([code, text]) => ({ code, data: new Uint8Array(Buffer.from(text)) }));
    const edns = options && { udpPayloadSize: 1232, version: 0, dnssecOk: false, options };
    const { asked } = ask(`rewrite edns0 ${rule}`, ['a.example.org', 'MX'], undefined, { edns, ...extra });
    return asked?.edns?.options.map(({ code, data }) => [code, Buffer.from(data).toString('latin1')]);
  };

  test.each<[string, readonly (readonly [number, string])[] | undefined, unknown]>([
    ['local set 0xffee abcd', undefined, [[0xffee, 'abcd']]],
    ['local set 65518 0x61626364', [[0xffee, 'old']], [[0xffee, 'abcd']]],
    ['local append 0xffee abcd', [[0xffee, 'old']], [[0xffee, 'old']]],
    [
      'local append 0xffee abcd',
      [[1, 'x']],
      [
        [1, 'x'],
        [0xffee, 'abcd'],
      ],
    ],
    ['local replace 0xffee abcd', [], []],
    ['local replace 0xffee abcd', [[0xffee, 'old']], [[0xffee, 'abcd']]],
    [
      'local unset 0xffee',
      [
        [0xffee, 'old'],
        [1, 'x'],
      ],
      [[1, 'x']],
    ],
    ['nsid set', [], [[3, '']]],
    ['local set 0xffee {qname}', [], [[0xffee, 'a.example.org.']]],
    ['local set 0xffee {qtype}', [], [[0xffee, '\x00\x0f']]],
    ['local set 0xffee {client_ip}', [], [[0xffee, '\xc0\x00\x02\x35']]],
    ['local set 0xffee {client_port}', [], [[0xffee, '\x14\xe9']]],
    ['local set 0xffee {protocol}', [], [[0xffee, 'udp']]],
    ['local set 0xffee {server_port}', [], [[0xffee, '\x00\x35']]],
    ['subnet set 23 56', [], [[8, '\x00\x01\x17\x00\xc0\x00\x02']]],
  ])('%s makes of %j %j', (rule, sent, wanted) => {
    expect(optionsAsked(rule, sent)).toEqual(wanted);
  });

  test('the subnet of an IPv6 client has its own length', () => {
    const client = { ...question('x').client, address: addressOctets('2001:db8:ffff::1') };
    expect(optionsAsked('subnet set 24 33', [], { client } as QuestionOptions)).toEqual([[8, '\x00\x02\x21\x00\x20\x01\x0d\xb8\x80']]);
  });

  test('revert leaves the client with what it sent itself', () => {
    const answer = {
      ednsOptions: [
        { code: 3, data: Uint8Array.of(1) },
        { code: 8, data: Uint8Array.of(2) },
      ],
    };
    expect(ask('rewrite edns0 nsid set revert', ['a.org'], answer).response.ednsOptions).toEqual([answer.ednsOptions[1]]);
    expect(ask('rewrite edns0 nsid set', ['a.org'], answer).response.ednsOptions).toEqual(answer.ednsOptions);
  });

  test('a variable of metadata is accepted, with a warning that it has no value', () => {
    const { warnings } = setUp(rewriteSetup, 'rewrite edns0 local set 0xffee {some/label}');
    expect(warnings).toEqual([expect.stringContaining('metadata')]);
  });
});
