import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { findProgram, programRequirement, temporaryFolder, unmet } from '@seamark/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { nameFromText } from '../wire/presentation/index.ts';
import { isMetaType } from '../wire/record-type.ts';
import { recordSamples } from '../wire/presentation/testing/record-samples.ts';
import { typedRdata } from '../wire/testing/rdata-arbitraries.ts';
import { checkZone, formatZoneProblem, parseZone, writeZoneFile } from './index.ts';

const origin = nameFromText('example.org.', undefined) as Uint8Array;

const head = '$TTL 300\n@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n';

/**
 * Zones with what we say of them (`rules` found, `!` in front of errors), and whether BIND and Knot take them. Where a program takes
 * what we call an error, or the reverse, `why` says so.
 */
const zones: readonly { title: string; text: string; rules: string[]; bind: boolean; knot: boolean; why?: string }[] = [
  { title: 'a plain zone', text: head, rules: [], bind: true, knot: true },
  { title: 'no SOA', text: '$TTL 300\n@ NS ns1\nns1 A 192.0.2.1\n', rules: ['!soa_missing'], bind: false, knot: false },
  {
    title: 'two SOAs',
    text: `${head}@ SOA ns1 hostmaster 2 7200 3600 1209600 300\n`,
    rules: ['!soa_twice'],
    bind: false,
    knot: true,
    why: 'Knot keeps the last',
  },
  {
    title: 'an SOA below the apex',
    text: `${head}sub SOA ns1 hostmaster 2 7200 3600 1209600 300\n`,
    rules: ['!soa_below_apex'],
    bind: false,
    knot: true,
    why: 'Knot leaves it out',
  },
  { title: 'no NS', text: '$TTL 300\n@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n', rules: ['!ns_missing'], bind: false, knot: false },
  {
    title: 'a CNAME beside other data',
    text: `${head}www CNAME web.example.net.\nwww A 192.0.2.2\n`,
    rules: ['!cname_alone'],
    bind: false,
    knot: false,
  },
  { title: 'a CNAME at the apex', text: `${head}@ CNAME web.example.net.\n`, rules: ['!cname_apex'], bind: false, knot: false },
  {
    title: 'two CNAMEs',
    text: `${head}www CNAME a.example.net.\nwww CNAME b.example.net.\n`,
    rules: ['!cname_twice'],
    bind: false,
    knot: false,
  },
  {
    title: 'the same CNAME twice',
    text: `${head}www CNAME a.example.net.\nwww CNAME a.example.net.\n`,
    rules: ['repeated'],
    bind: true,
    knot: true,
  },
  {
    title: 'two DNAMEs',
    text: `${head}d DNAME a.example.net.\nd DNAME b.example.net.\n`,
    rules: ['!dname_twice'],
    bind: false,
    knot: false,
  },
  { title: 'data beside a DNAME', text: `${head}d DNAME a.example.net.\nd A 192.0.2.2\n`, rules: [], bind: true, knot: true },
  {
    title: 'a DNAME beside a CNAME',
    text: `${head}d DNAME a.example.net.\nd CNAME b.example.net.\n`,
    rules: ['!cname_alone'],
    bind: false,
    knot: false,
  },
  {
    title: 'data below a DNAME',
    text: `${head}d DNAME a.example.net.\nx.d A 192.0.2.2\n`,
    rules: ['!below_dname'],
    bind: true,
    knot: false,
    why: 'BIND hides it silently',
  },
  { title: 'data outside the zone', text: `${head}www.example.net. A 192.0.2.2\n`, rules: ['out_of_zone'], bind: true, knot: true },
  { title: 'different TTLs', text: `${head}www 60 A 192.0.2.2\nwww 30 A 192.0.2.3\n`, rules: ['ttl_differs'], bind: true, knot: true },
  { title: 'a delegation with glue', text: `${head}sub NS ns.sub\nns.sub A 192.0.2.2\n`, rules: [], bind: true, knot: true },
  {
    title: 'a delegation without glue',
    text: `${head}sub NS ns.sub\n`,
    rules: ['glue_missing'],
    bind: true,
    knot: false,
    why: 'it can be served, as CoreDNS does',
  },
  { title: 'a delegation to a host elsewhere', text: `${head}sub NS ns.example.net.\n`, rules: [], bind: true, knot: true },
  {
    title: 'an NS without address',
    text: `${head}@ NS ns2\n`,
    rules: ['target_without_address'],
    bind: false,
    knot: false,
    why: 'it can be served, as CoreDNS does',
  },
  {
    title: 'an NS that is an alias',
    text: `${head}@ NS ns2\nns2 CNAME ns1\n`,
    rules: ['target_alias'],
    bind: false,
    knot: false,
    why: 'it can be served, as CoreDNS does',
  },
  { title: 'an NS answered by a wildcard', text: `${head}@ NS ns2.x\n*.x A 192.0.2.9\n`, rules: [], bind: true, knot: true },
  { title: 'an MX without address', text: `${head}@ MX 10 mail\n`, rules: ['target_without_address'], bind: true, knot: true },
  { title: 'a null MX', text: `${head}@ MX 0 .\n`, rules: [], bind: true, knot: true },
  {
    title: 'a DS with its delegation',
    text: `${head}sub NS ns.example.net.\nsub DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118\n`,
    rules: [],
    bind: true,
    knot: true,
  },
  {
    title: 'a DS without delegation',
    text: `${head}sub DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118\n`,
    rules: ['ds_misplaced'],
    bind: true,
    knot: true,
  },
  {
    title: 'data below a delegation',
    text: `${head}sub NS ns.example.net.\nx.sub TXT hidden\n`,
    rules: ['occluded'],
    bind: true,
    knot: true,
  },
  {
    title: 'a wildcard NS',
    text: `${head}* NS ns.example.net.\n`,
    rules: ['ns_wildcard'],
    bind: false,
    knot: true,
    why: 'its effect is not defined, and Knot serves it as well',
  },
  { title: 'a type that nobody knows', text: `${head}x TYPE65280 \\# 2 abcd\n`, rules: [], bind: true, knot: true },
  { title: 'a word too many', text: `${head}x A 192.0.2.1 2\n`, rules: ['!syntax'], bind: false, knot: false },
  { title: 'a label of 64 octets', text: `${head}${'a'.repeat(64)} A 192.0.2.1\n`, rules: ['!syntax'], bind: false, knot: false },
  {
    title: 'a string of 256 octets',
    text: `${head}x TXT ${'a'.repeat(256)}\n`,
    rules: ['!syntax'],
    bind: false,
    knot: true,
    why: 'Knot splits it',
  },
  { title: 'an open quote', text: `${head}x TXT "abc\n`, rules: ['!syntax'], bind: false, knot: false },
  { title: 'an open parenthesis', text: `${head}x TXT ( "abc"\n`, rules: ['!syntax'], bind: false, knot: false },
];

function verdict(text: string): string[] {
  const parsed = parseZone(text, { origin: 'example.org' });
  const problems = parsed.problems.length > 0 ? parsed.problems : checkZone(parsed.records, origin).problems;
  return [...new Set(problems.map(({ rule, severity }) => (severity === 'error' ? `!${rule}` : rule)))];
}

function accepts(program: 'named-checkzone' | 'kzonecheck', text: string): { readonly accepted: boolean; readonly output: string } {
  using folder = temporaryFolder('zone');
  const path = join(folder.path, 'zone');
  writeFileSync(path, text, 'latin1');
  const args = program === 'named-checkzone' ? ['-i', 'local', 'example.org', path] : ['-o', 'example.org', path];
  const { status, stdout, stderr } = spawnSync(findProgram(program) ?? program, args, { encoding: 'utf8' });
  return { accepted: status === 0, output: stdout + stderr };
}

describe('what the zone check says of a zone', () => {
  it.each(zones.map(({ title, text, rules }) => [title, rules, text] as const))('%s: %j', (_title, rules, text) => {
    expect(verdict(text)).toEqual(rules);
  });
});

const bind = unmet('zones against named-checkzone', programRequirement('named-checkzone', 'bind9-utils'));
describe.skipIf(bind)('the zone check beside named-checkzone', () => {
  it.each(zones.map(({ title, bind: taken, text }) => [title, taken, text] as const))('%s: taken %s', (_title, taken, text) => {
    const { accepted, output } = accepts('named-checkzone', text);
    expect(accepted, output).toBe(taken);
  });
});

const knot = unmet('zones against kzonecheck', programRequirement('kzonecheck', 'knot-dnssecutils'));
describe.skipIf(knot)('the zone check beside kzonecheck', () => {
  it.each(zones.map(({ title, knot: taken, text }) => [title, taken, text] as const))('%s: taken %s', (_title, taken, text) => {
    const { accepted, output } = accepts('kzonecheck', text);
    expect(accepted, output).toBe(taken);
  });
});

describe('every difference between the verdicts is explained', () => {
  it.each(
    zones
      .filter(({ why }) => why === undefined)
      .map(({ title, rules, bind: byBind, knot: byKnot }) => [title, rules, byBind, byKnot] as const),
  )('%s', (_title, rules, byBind, byKnot) => {
    const error = rules.some((rule) => rule.startsWith('!'));
    // A warning of ours may be an error of theirs or nothing; an error of ours is one of both.
    if (error) expect([byBind, byKnot]).toEqual([false, false]);
    else if (rules.length === 0) expect([byBind, byKnot]).toEqual([true, true]);
  });
});

describe.skipIf(bind)('$GENERATE beside named-compilezone', () => {
  it.each([
    '1-3 host$ A 192.0.2.$',
    '0-10/5 h${1,3,d} 60 IN A 192.0.2.${100}',
    '10-12 ${0,2,x}.${0,0,X}.${0,3,o} CNAME $$',
    '26-300/7 ${0,7,n} PTR x${0,0,N}.',
    '26-27 ${0,8,n}x PTR y',
    '0-1 ${-0,1,n}.x PTR y',
    '4090-4100 ${0,0,n}.x PTR \\$.${-10,6}',
    '1-2 m$ MX "10 mail$"',
    '1-2 a${0,4}b${0,4,o}c${1,4,x} CNAME @',
  ])('%s makes the same records', (directive) => {
    using folder = temporaryFolder('generate');
    const [path, theirs] = [join(folder.path, 'zone'), join(folder.path, 'theirs')];
    writeFileSync(path, `${head}$GENERATE ${directive}\n`);
    const program = findProgram('named-compilezone') ?? '';
    const { status, stdout } = spawnSync(program, ['-i', 'none', '-k', 'ignore', '-s', 'full', '-o', theirs, 'example.org', path], {
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(0);
    const ours = parseZone(readFileSync(path, 'latin1'), { origin: 'example.org' });
    const inZone = checkZone(ours.records, origin);
    expect(ours.problems).toEqual([]);
    expect(writeZoneFile(inZone.records, origin)).toBe(writeZoneFile(parseZone(readFileSync(theirs, 'latin1')).records, origin));
  });
});

describe('a written zone file', () => {
  const zoneOfSamples = `${head}${recordSamples
    .filter((text) => !/^(SOA|CNAME|DNAME) /.test(text))
    .map((text, index) => `s${index} ${text}`)
    .join('\n')}\n`;

  it('is read as the same records, and is the same text whatever their order', () => {
    const records = fc.array(
      fc.record({
        label: fc.constantFrom('', 'a', 'b', 'A.b', '*', 'z.a'),
        ttlSeconds: fc.nat(0x7fff_ffff),
        typed: typedRdata.filter(({ type }) => !isMetaType(type)),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(records, (all) => {
        const zone = all.map(({ label, ttlSeconds, typed }) => ({
          owner: nameFromText(label === '' ? '@' : label, origin, true) as Uint8Array,
          class: 1,
          ttlSeconds,
          ...typed,
        }));
        const text = writeZoneFile(zone, origin);
        const back = parseZone(text);
        expect(back.problems).toEqual([]);
        expect(writeZoneFile(back.records, origin)).toBe(text);
        expect(writeZoneFile(zone.toReversed(), origin)).toBe(text);
        expect(back.records).toHaveLength(zone.length);
      }),
      { numRuns: 200 },
    );
  });

  it('starts with the SOA and goes on in canonical order (RFC 4034 6.1)', () => {
    const names = ['example.org.', 'a', 'yljkjljk.a', 'Z.a', 'zABC.a', 'z', String.raw`\001.z`, '*.z', String.raw`\200.z`];
    const text = `${names
      .toReversed()
      .map((name) => `${name} A 192.0.2.1`)
      .join('\n')}\n${head}`;
    const { records } = parseZone(text, { origin: 'example.org', defaultTtlSeconds: 1 });
    const owners = writeZoneFile(records, origin)
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split('\t')[0]?.replace('.example.org.', ''));
    expect(owners).toEqual([
      'example.org.',
      'example.org.',
      'example.org.',
      'a',
      'yljkjljk.a',
      'z.a',
      'zabc.a',
      'ns1',
      'z',
      String.raw`\001.z`,
      '*.z',
      String.raw`\200.z`,
    ]);
  });

  it.skipIf(bind)('of records of every type is taken by named-compilezone, and its text is read as the same zone', () => {
    using folder = temporaryFolder('written');
    const [ours, theirs] = [join(folder.path, 'ours'), join(folder.path, 'theirs')];
    // MD and MF, which BIND refuses; WKS and NXT, which it writes as text that only it has.
    const unknown = /^s\d+\.example\.org\.\t\d+\tIN\tTYPE(3|4|11|30)\t.*\n/gm;
    const parsed = parseZone(zoneOfSamples, { origin: 'example.org' });
    expect(parsed.problems.map(formatZoneProblem)).toEqual([]);
    const text = writeZoneFile(parsed.records, origin).replaceAll(unknown, '');
    writeFileSync(ours, text, 'latin1');
    const program = findProgram('named-compilezone') ?? '';
    const { status, stdout } = spawnSync(program, ['-i', 'none', '-k', 'ignore', '-s', 'full', '-o', theirs, 'example.org', ours], {
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(0);
    const back = parseZone(readFileSync(theirs, 'latin1'));
    expect(back.problems.map(formatZoneProblem)).toEqual([]);
    expect(writeZoneFile(back.records, origin)).toBe(text);
  });
});
