import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { findProgram, programRequirement, temporaryFolder, type TemporaryFolder, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { recordSamples } from '../wire/presentation/testing/record-samples.ts';
import { isMetaType, recordTypes } from '../wire/record-type.ts';
import { formatZoneProblem, parseZone, type ZoneRecord } from '../zonefile/index.ts';
import { dumpZone } from './dump-zone.ts';
import { loadCorefile } from './load-corefile.ts';

const head = '$TTL 300\n@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n';

/** Forms that text of other programs lacks, beside a sample of each type. */
const rareForms = [
  String.raw`A6 \# 17 0020010db8000000000000000000000001`,
  String.raw`ATMA \# 4 00010203`,
  String.raw`SINK \# 3 010203`,
  'SVCB 1 . ohttp',
  'SVCB 1 . tls-supported-groups=29,23',
  'HTTPS 1 . alpn=h2 key7="/q{?dns}"',
  String.raw`SVCB 1 . alpn="h\"2,h3"`,
];

/** BIND loads a zone with these in no form. */
const refused = ['MD host', 'MF host', 'IPSECKEY 10 0 0 .', 'IPSECKEY 10 1 0 192.0.2.1', 'IPSECKEY 10 3 0 host', 'X25 311'];

// NSEC3, whose owners are no names, are not dumped.
const kept = [...recordSamples, ...rareForms].filter((text) => !/^(SOA|MD|MF|NSEC3) /.test(text));
const zone = `${head}${kept.map((text, index) => `s${index} ${text}\n`).join('')}`;

/** What a record is, in a form that compares; TTLs are equal. */
const facts = ({ owner, type, rdata }: ZoneRecord): string =>
  [owner, rdata].map((octets) => Buffer.from(octets).toString('latin1')).join(` ${type} `);
const lowerCase = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
const factsOf = (text: string): string[] => {
  const { records, problems } = parseZone(text, { origin: 'example.org' });
  expect(problems.map(formatZoneProblem)).toEqual([]);
  return records.map(facts).toSorted();
};

/** Expects that another program has read what we wrote. It prints some types in forms that only it has: those are but counted. */
function expectSameRecords(printed: string, ours: readonly string[]): void {
  const { records, problems } = parseZone(printed, { origin: 'example.org' });
  // NSD writes names in lower case.
  const folded = new Set(ours.map(lowerCase));
  expect(records.map((record) => lowerCase(facts(record))).filter((record) => !folded.has(record))).toEqual([]);
  expect(records.length + problems.length).toBe(ours.length);
  expect(
    problems
      .map(formatZoneProblem)
      .filter((problem) => !/ (?:A6|ATMA|SINK|NXT|WKS) has no text form| KEY: key is not base64| group numbers /.test(problem)),
  ).toEqual([]);
}

describe('the dump of a zone with records of every type', () => {
  let folder: TemporaryFolder;
  let text: string;
  let file: string;

  beforeAll(async () => {
    folder = temporaryFolder('dumped-types');
    writeFileSync(join(folder.path, 'zone'), zone + refused.map((record, index) => `r${index} ${record}\n`).join(''));
    const corefile = `example.org {\nfile ${join(folder.path, 'zone')}\n}`;
    const result = loadCorefile(corefile, { file: join(folder.path, 'Corefile') });
    if (!result.ok) throw result.problems[0] as Error;
    text = await dumpZone(result.version, 'example.org');
    file = join(folder.path, 'dump');
    writeFileSync(file, text);
  });
  afterAll(() => folder[Symbol.dispose]());

  const run = (name: string, ...words: string[]): string => {
    const { status, stdout, stderr } = spawnSync(findProgram(name) ?? name, words, { encoding: 'latin1' });
    expect(status, stdout + stderr).toBe(0);
    return stdout;
  };

  it('lacks no type that has a name and may stand in a zone', () => {
    const seen = new Set(parseZone(zone + refused.join('\n'), { origin: 'example.org' }).records.map(({ type }) => type));
    for (const type of [recordTypes.MD, recordTypes.MF, recordTypes.NSEC3]) seen.add(type);
    expect(Object.entries(recordTypes).filter(([, type]) => !isMetaType(type) && !seen.has(type))).toEqual([]);
  });

  it('is read by us as the same octets', () => {
    expect(factsOf(text)).toEqual(factsOf(zone));
  });

  it('has as comments, with the reason, what BIND takes in no form', () => {
    const comments = text.split('\n').filter((line) => line.startsWith('; left out, '));
    expect(comments.map((line) => line.replaceAll('\t', ' '))).toEqual([
      '; left out, because MD is obsolete (RFC 973), and BIND refuses it: r0.example.org. 300 IN TYPE3 \\# 18 04686f7374076578616d706c65036f726700',
      '; left out, because MF is obsolete (RFC 973), and BIND refuses it: r1.example.org. 300 IN TYPE4 \\# 18 04686f7374076578616d706c65036f726700',
      '; left out, because BIND refuses IPSECKEY without a key: r2.example.org. 300 IN IPSECKEY 10 0 0 .',
      '; left out, because BIND refuses IPSECKEY without a key: r3.example.org. 300 IN IPSECKEY 10 1 0 192.0.2.1',
      '; left out, because BIND refuses IPSECKEY without a key: r4.example.org. 300 IN IPSECKEY 10 3 0 host.example.org.',
      '; left out, because BIND refuses X25 with fewer than four digits (RFC 1183 3.1): r5.example.org. 300 IN TYPE19 \\# 4 03333131',
    ]);
  });

  it.skipIf(unmet('dumps of every type against BIND', programRequirement('named-compilezone', 'bind9-utils')))(
    'is read by BIND as the same octets',
    () => {
      run('named-checkzone', '-i', 'local', 'example.org', file);
      expectSameRecords(run('named-compilezone', '-i', 'local', '-s', 'full', '-o', '-', 'example.org', file), factsOf(text));
    },
  );

  it.skipIf(unmet('dumps of every type against Knot', programRequirement('kzonecheck', 'knot-dnssecutils')))('is taken by Knot', () => {
    run('kzonecheck', '-o', 'example.org', file);
  });

  it.skipIf(unmet('dumps of every type against NSD', programRequirement('nsd-checkzone', 'nsd')))(
    'is read by NSD as the same octets',
    () => {
      expectSameRecords(run('nsd-checkzone', '-p', 'example.org', file), factsOf(text));
    },
  );
});
