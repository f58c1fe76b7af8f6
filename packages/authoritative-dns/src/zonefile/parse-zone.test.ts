import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '@seamark/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { nameToText } from '../wire/presentation/name-text.ts';
import { checkRdata } from '../wire/presentation/rdata-check.ts';
import { rdataToText } from '../wire/presentation/rdata-text.ts';
import { recordTypeName } from '../wire/record-type.ts';
import { formatZoneProblem, parseZone, readZoneFile, type ZoneReaderOptions, type ZoneRecord } from './index.ts';

const line = ({ owner, ttlSeconds, type, rdata }: ZoneRecord): string =>
  `${nameToText(owner)} ${ttlSeconds} ${recordTypeName(type)} ${rdataToText(type, rdata)}`;

function read(text: string, options: ZoneReaderOptions = {}): { records: string[]; problems: string[] } {
  const { records, problems } = parseZone(text, { origin: 'example.org', file: 'db', defaultTtlSeconds: 300, ...options });
  return { records: records.map(line), problems: problems.map(formatZoneProblem) };
}

describe('a zone file', () => {
  it.each<[string, string, string[]]>([
    [
      'takes relative names, absolute names and @',
      'www A 192.0.2.1\nwww.example.net. A 192.0.2.2\n@ A 192.0.2.3',
      ['www.example.org. 300 A 192.0.2.1', 'www.example.net. 300 A 192.0.2.2', 'example.org. 300 A 192.0.2.3'],
    ],
    [
      'repeats the owner where a line starts with a blank',
      'www A 192.0.2.1\n\n; comment\n  ; comment\n\tAAAA ::1',
      ['www.example.org. 300 A 192.0.2.1', 'www.example.org. 300 AAAA ::1'],
    ],
    [
      'takes TTL and class in either order, or neither',
      'a 60 IN A 192.0.2.1\nb IN 1h30m A 192.0.2.1\nc in A 192.0.2.1\nd 1 A 192.0.2.1\ne CLASS1 2 TYPE1 192.0.2.1',
      [
        'a.example.org. 60 A 192.0.2.1',
        'b.example.org. 5400 A 192.0.2.1',
        'c.example.org. 5400 A 192.0.2.1',
        'd.example.org. 1 A 192.0.2.1',
        'e.example.org. 2 A 192.0.2.1',
      ],
    ],
    [
      'prefers $TTL to the TTL before (RFC 2308)',
      'a 60 A 192.0.2.1\nb A 192.0.2.1\n$TTL 2h\nc A 192.0.2.1\nd 5 A 192.0.2.1\ne A 192.0.2.1',
      [
        'a.example.org. 60 A 192.0.2.1',
        'b.example.org. 60 A 192.0.2.1',
        'c.example.org. 7200 A 192.0.2.1',
        'd.example.org. 5 A 192.0.2.1',
        'e.example.org. 7200 A 192.0.2.1',
      ],
    ],
    [
      'takes parentheses, quotes and comments',
      '@ SOA ns1 h ( 1 ; serial (\n 2 3\n\n 4 5 ) ; )\nt TXT ( "a;b)" "c\\"d" ; "\n e\\;f )',
      ['example.org. 300 SOA ns1.example.org. h.example.org. 1 2 3 4 5', String.raw`t.example.org. 300 TXT "a;b)" "c\"d" "e;f"`],
    ],
    [
      'takes $ORIGIN, relative ones too',
      '$ORIGIN sub\na A 192.0.2.1\n$ORIGIN x.net.\na A 192.0.2.2\n A 192.0.2.3',
      ['a.sub.example.org. 300 A 192.0.2.1', 'a.x.net. 300 A 192.0.2.2', 'a.x.net. 300 A 192.0.2.3'],
    ],
    ['lowers the case of owners and keeps that of data', 'WWW CNAME Web.Example.ORG.', ['www.example.org. 300 CNAME Web.Example.ORG.']],
    [
      'takes escapes in owners',
      String.raw`a\.b A 192.0.2.1` + '\n' + String.raw`\042\$ A 192.0.2.1`,
      [String.raw`a\.b.example.org. 300 A 192.0.2.1`, String.raw`*\$.example.org. 300 A 192.0.2.1`],
    ],
    [
      'takes CRLF and a byte order mark',
      '\u{feff}a A 192.0.2.1\r\n TXT b\r\n',
      ['a.example.org. 300 A 192.0.2.1', 'a.example.org. 300 TXT "b"'],
    ],
    [
      'takes owners that are names of types and classes',
      'A A 192.0.2.1\nIN IN TXT IN\n60 60 A 192.0.2.2',
      ['a.example.org. 300 A 192.0.2.1', 'in.example.org. 300 TXT "IN"', '60.example.org. 60 A 192.0.2.2'],
    ],
    [
      'takes any type in the form of RFC 3597',
      String.raw`a TYPE731 \# 6 abcdef 012345` + '\n' + String.raw`b TYPE1 \# 4 c0000201`,
      [String.raw`a.example.org. 300 TYPE731 \# 6 abcdef012345`, 'b.example.org. 300 A 192.0.2.1'],
    ],
  ])('%s', (_title, text, records) => {
    expect(read(text)).toEqual({ records, problems: [] });
  });

  it('gives each record the place where it starts', () => {
    const { records } = parseZone('a A 192.0.2.1\n\nb TXT ( x\ny )\nc TXT z\n', {
      origin: 'example.org',
      file: 'db',
      defaultTtlSeconds: 1,
    });
    expect(records.map(({ at }) => at)).toEqual([
      { file: 'db', line: 1 },
      { file: 'db', line: 3 },
      { file: 'db', line: 5 },
    ]);
  });

  it('takes the minimum of the SOA for a file without any TTL, as BIND does', () => {
    const { records } = read('@ SOA ns h 1 2 3 4 55\n NS ns', { defaultTtlSeconds: undefined });
    expect(records).toEqual(['example.org. 55 SOA ns.example.org. h.example.org. 1 2 3 4 55', 'example.org. 55 NS ns.example.org.']);
  });
});

describe('problems of a zone file', () => {
  it.each<[string, string[]]>([
    [' A 192.0.2.1', ['db:1: error: the record starts with a blank, and no owner stands before it']],
    [
      'a A 192.0.2.1\nb FOO x\nc A 1.2.3\nd A 192.0.2.4',
      [
        'db:2: error: "FOO" is not a record type; write TYPEnnn for one without a name',
        'db:3: error: A: address "1.2.3" is not an IPv4 address',
      ],
    ],
    ['@ SOA ns h (\n 1 2 x 4 5 )', ['db:2: error: SOA: retry "x" is not a time in seconds or like 1h30m']],
    [
      'a SVCB 1 . alpn="h2,h3"\nb SVCB 1 . alpn="h2",h3\nc HTTPS 1 . no-default-alpn',
      [
        String.raw`db:2: error: SVCB: parameters alpn has a quote within its value: quote all of it, or write \"`,
        'db:3: error: HTTPS: parameters no-default-alpn needs alpn beside it (RFC 9460 7.1.1)',
      ],
    ],
    ['a..b A 192.0.2.1\n A 192.0.2.2', ['db:1: error: the owner "a..b" has an empty label: two dots in a row, or one at the start']],
    ['a A (\n192.0.2.1', ['db:1: error: the entry has a "(" without a ")" up to the end']],
    ['a A 192.0.2.1 )', ['db:1: error: the entry has a ")" without a "("']],
    [
      'a TXT "b\nc A 192.0.2.1',
      ['db:1: error: the entry has a quote without its end on the same line, or a backslash at the end of the line'],
    ],
    ['a 2147483648 A 192.0.2.1', ['db:1: error: "2147483648" is not a TTL: seconds up to 2147483647, or like 1h30m']],
    ['a 1h30 A 192.0.2.1', ['db:1: error: "1h30" is not a TTL: seconds up to 2147483647, or like 1h30m']],
    ['a CH TXT x', ['db:1: error: the zone has class IN, the record CH: leave the class out, or correct it']],
    ['a ANY x', ['db:1: error: ANY cannot stand in a zone: remove the record']],
    ['a 60 IN', ['db:1: error: the record has no type and data behind its owner']],
    ['$TTL', ['db:1: error: $TTL takes one argument']],
    ['$TTL x', ['db:1: error: $TTL "x" is not seconds up to 2147483647, or like 1h30m']],
    [
      '$FOO x',
      [
        String.raw`db:1: error: $FOO is not a directive; $ORIGIN, $TTL, $INCLUDE and $GENERATE are (an owner that starts with $ is written \$)`,
      ],
    ],
    ['$INCLUDE x', ['db:1: error: $INCLUDE: this text is not read from a file, so it can include none: put the records here']],
    ['$GENERATE 5-1 a$ A 192.0.2.$', ['db:1: error: $GENERATE: the range 5-1 ends before it starts']],
    [
      '$GENERATE 0-9999999 a$ A 192.0.2.1',
      ['db:1: error: $GENERATE makes 10000000 records; 1048576 is the most: split it, or list the records'],
    ],
    ['$GENERATE 254-258 a$ A 192.0.2.$', ['db:1: error: $GENERATE at 256: A: address "192.0.2.256" is not an IPv4 address']],
    ['$GENERATE 1-2 a${-3} A 192.0.2.$', ['db:1: error: $GENERATE: "a${-3}" becomes negative at 1']],
  ])('%j', (text, problems) => {
    expect(read(text).problems).toEqual(problems);
  });

  it('are all listed, up to a cap', () => {
    const { problems } = read('a A x\n'.repeat(500), { maxProblems: 3 });
    expect(problems).toHaveLength(4);
    expect(problems.at(-1)).toBe('db:3: error: too many problems: reading stops here');
  });

  it('includes a missing TTL and a missing origin', () => {
    expect(read('a A 192.0.2.1', { defaultTtlSeconds: undefined }).problems).toEqual([
      'db:1: error: the record has no TTL, and none stands before it: write $TTL SECONDS at the start of the file',
    ]);
    expect(read('a A 192.0.2.1', { origin: undefined }).problems).toEqual([
      'db:1: error: the owner is relative, and there is no origin: end it with a dot, or set $ORIGIN',
    ]);
  });
});

describe('any text', () => {
  it('is read without throwing, with every line a record, a directive or a problem', () => {
    const words = fc.constantFrom(
      '@',
      'a',
      'A',
      'IN',
      '60',
      '1h',
      'MX',
      '10',
      'TXT',
      '"x"',
      '"',
      '(',
      ')',
      ';',
      '\\',
      '\\#',
      '\n',
      '\n',
      ' ',
      '\t',
      '$TTL',
      '$ORIGIN',
      '$GENERATE',
      '1-3',
      'h$',
      '${1,2,x}',
      'SOA',
      'SVCB',
      'alpn=h2',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 8, arbitrary: words }, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 40 }),
        (parts) => {
          const { records, problems } = parseZone(parts.join(' '), { origin: 'example.org', defaultTtlSeconds: 1 });
          for (const { type, rdata } of records) expect(checkRdata(type, rdata)).toBeUndefined();
          for (const { at, problem } of problems) expect(at.line > 0 && problem !== '').toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('$GENERATE', () => {
  it.each<[string, string[]]>([
    [
      '1-3 host$ A 192.0.2.$',
      ['host1.example.org. 300 A 192.0.2.1', 'host2.example.org. 300 A 192.0.2.2', 'host3.example.org. 300 A 192.0.2.3'],
    ],
    [
      '0-10/5 h${1,3,d} 60 IN A 192.0.2.${100}',
      ['h001.example.org. 60 A 192.0.2.100', 'h006.example.org. 60 A 192.0.2.105', 'h011.example.org. 60 A 192.0.2.110'],
    ],
    [
      '10-11 ${0,2,x}.${0,0,X}.${0,3,o} CNAME $$',
      [String.raw`0a.a.012.example.org. 300 CNAME \$.example.org.`, String.raw`0b.b.013.example.org. 300 CNAME \$.example.org.`],
    ],
    ['26-26 ${0,8,n}x PTR x', ['a.1.0.0.x.example.org. 300 PTR x.example.org.']],
    ['26-26 ${0,7,N}.y PTR x', ['a.1.0.0.y.example.org. 300 PTR x.example.org.']],
    ['1-1 m MX "10 mail$"', ['m.example.org. 300 MX 10 mail1.example.org.']],
    ['1-1 t TXT "host $" b', ['t.example.org. 300 TXT "host 1" "b"']],
  ])('%s', (text, records) => {
    expect(read(`$GENERATE ${text}`)).toEqual({ records, problems: [] });
  });
});

describe('$INCLUDE', () => {
  it('reads files relative to the file that includes them, with their own origin, and names them in problems', async () => {
    using folder = temporaryFolder('include');
    mkdirSync(join(folder.path, 'parts'));
    writeFileSync(join(folder.path, 'zone'), '$TTL 60\na A 192.0.2.1\n$INCLUDE parts/one sub\n A 192.0.2.2\n$INCLUDE "parts/missing"\n');
    writeFileSync(join(folder.path, 'parts', 'one'), 'b A 192.0.2.3\n$INCLUDE two\nc A x\n');
    writeFileSync(join(folder.path, 'parts', 'two'), 'd TXT \u00e9', 'utf8');
    const { records, problems } = await readZoneFile(join(folder.path, 'zone'), { origin: 'example.org' });
    expect(records.map(line)).toEqual([
      'a.example.org. 60 A 192.0.2.1',
      'b.sub.example.org. 60 A 192.0.2.3',
      String.raw`d.sub.example.org. 60 TXT "\195\169"`,
      'a.example.org. 60 A 192.0.2.2',
    ]);
    expect(problems.map(formatZoneProblem).map((text) => text.replaceAll(folder.path, ''))).toEqual([
      '/parts/one:3: error: A: address "x" is not an IPv4 address',
      "/zone:5: error: $INCLUDE: parts/missing cannot be read: ENOENT: no such file or directory, open '/parts/missing'",
    ]);
  });

  it('ends a loop, and what is nested too deep', async () => {
    using folder = temporaryFolder('loop');
    for (const [name, next] of ['ab', 'bc', 'ca']) writeFileSync(join(folder.path, name as string), `$INCLUDE ${next}\n`);
    const problemsOf = async (maxIncludeDepth: number): Promise<string[]> => {
      const { problems } = await readZoneFile(join(folder.path, 'a'), { origin: 'example.org', maxIncludeDepth });
      return problems.map(({ problem }) => problem.replaceAll(folder.path, ''));
    };
    expect(await problemsOf(10)).toEqual(['$INCLUDE: /a would include itself: take the line out']);
    expect(await problemsOf(1)).toEqual(['$INCLUDE: more than 1 files within files: /a includes /b includes c']);
  });
});
