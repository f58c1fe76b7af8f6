import { execFile, execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findProgram, programRequirement, temporaryFolder, unmet } from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { parseZone } from '../../zonefile/parse-zone.ts';
import type { ZoneRecord } from '../../zonefile/zone-record.ts';
import { encodeMessage } from '../message-encoder.ts';
import { decodeMessage } from '../message-decoder.ts';
import { recordTypeName } from '../record-type.ts';
import { nameFromText, rdataToText, recordFromText } from './index.ts';
import { recordSamples } from './testing/record-samples.ts';

const origin = nameFromText('example.org.', undefined) as Uint8Array;

/** Owners differ; that of NSEC3 must be a hash (RFC 5155 3), or dig refuses the message. */
function ownerOf(text: string, index: number): string {
  return text.startsWith('NSEC3 ') ? String(index).padStart(32, '0') : `s${index}`;
}

/** Types by the number of their sample, in the forms that the test passes around. */
const samples = recordSamples.map((text, index) => {
  const record = recordFromText(text, origin);
  if (!record.ok) throw new Error(`${text}: ${record.problem}`);
  const { type, rdata } = record.value;
  return { text, type, rdata, hex: Buffer.from(rdata).toString('hex'), owner: ownerOf(text, index), name: recordTypeName(type) };
});
type Sample = (typeof samples)[number];

/** A zone of one record a name; the SOA sample stands aside. */
function zoneOf(chosen: readonly Sample[], dataOf: (sample: Sample) => string): string {
  const lines = chosen.map((sample) => `${sample.owner} ${dataOf(sample)}`);
  return ['$ORIGIN example.org.', '$TTL 300', '@ SOA a. b. 1 2 3 4 5', ' NS ns.example.net.', ...lines, ''].join('\n');
}

const asSampled = (sample: Sample): string => sample.text;
const asWritten = (sample: Sample): string => `${sample.name} ${rdataToText(sample.type, sample.rdata)}`;

const run = promisify(execFile);

/** RDATA in hex by the first label of the owner. */
function rdataByOwner(records: readonly ZoneRecord[]): Map<string, string> {
  const label = (owner: Uint8Array): string => Buffer.from(owner.subarray(1, 1 + (owner[0] as number))).toString('latin1');
  return new Map(records.map(({ owner, rdata }) => [label(owner), Buffer.from(rdata).toString('hex')]));
}

const program = (name: string): string => findProgram(name) ?? name;

/** RDATA by owner in the raw format of named-compilezone (one block a RRset: lengths, class, type, TTL, owner, RDATA). */
function readRaw(raw: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  const headerOctets = raw.readUInt32BE(4) === 0 ? 12 : 24;
  for (let at = headerOctets; at < raw.length; at += raw.readUInt32BE(at)) {
    const nameAt = at + 20;
    const rdataAt = nameAt + raw.readUInt16BE(at + 18);
    const owner = raw.toString('latin1', nameAt + 1, nameAt + 1 + (raw[nameAt] as number));
    found.set(owner, raw.toString('hex', rdataAt + 2, rdataAt + 2 + raw.readUInt16BE(rdataAt)));
  }
  return found;
}

const bind = unmet('text of records against BIND', programRequirement('named-compilezone', 'bind9-utils'));
describe.skipIf(bind)('text of records as named-compilezone reads it', () => {
  // Obsolete, or younger than the BIND of Debian 12.
  const unknown = new Set(['MD', 'MF', 'CLA', 'IPN', 'SOA']);
  const known = samples.filter(({ name }) => !unknown.has(name));

  it.each([
    ['as people write it', asSampled],
    ['as we write it', asWritten],
  ])('%s: the octets are ours for every type', (_title, dataOf) => {
    using folder = temporaryFolder('compilezone');
    const [text, raw] = [join(folder.path, 'zone'), join(folder.path, 'raw')];
    writeFileSync(text, zoneOf(known, dataOf), 'latin1');
    execFileSync(program('named-compilezone'), ['-i', 'none', '-k', 'ignore', '-F', 'raw', '-o', raw, 'example.org', text], {
      stdio: 'pipe',
    });
    const theirs = readRaw(readFileSync(raw));
    for (const sample of known) expect(theirs.get(sample.owner), sample.text).toBe(sample.hex);
  });
});

const ldns = unmet('text of records against ldns', programRequirement('ldns-read-zone', 'ldnsutils'));
describe.skipIf(ldns)('text of records as ldns-read-zone writes it', () => {
  // Without a reader or with a text of its own in ldns 1.8.
  const unknown = new Set('SOA KEY WKS NXT NINFO RKEY DSYNC HHIT BRID AVC DOA AMTRELAY RESINFO WALLET CLA IPN TA'.split(' '));
  const known = samples.filter(({ name }) => !unknown.has(name));

  it('is read by us as the same octets for every type', () => {
    using folder = temporaryFolder('ldns');
    const path = join(folder.path, 'zone');
    writeFileSync(path, zoneOf(known, asWritten), 'latin1');
    const zone = parseZone(execFileSync(program('ldns-read-zone'), [path], { encoding: 'utf8' }));
    expect(zone.problems).toEqual([]);
    const theirs = rdataByOwner(zone.records);
    for (const sample of known) expect(theirs.get(sample.owner), sample.text).toBe(sample.hex);
  });
});

const requirements = [programRequirement('dig', 'bind9-dnsutils'), programRequirement('kdig', 'knot-dnsutils')];
describe.skipIf(unmet('records against dig and kdig', ...requirements))('records as dig and kdig show them', () => {
  let socket: Socket;
  let port = 0;
  beforeAll(async () => {
    socket = createSocket('udp4');
    socket.on('message', (octets, peer) => {
      const { id, questions } = decodeMessage(octets);
      const chosen = samples.find(({ owner }) => questions[0]?.name === `${owner}.example.org`);
      const answers =
        chosen === undefined
          ? []
          : [
              {
                name: questions[0]?.name ?? '.',
                type: chosen.type,
                class: 1,
                ttl: 60,
                data: { type: 'OPAQUE' as const, octets: chosen.rdata },
              },
            ];
      const answer = { ...decodeMessage(octets), id, response: true, authoritative: true, answers, additionals: [], edns: undefined };
      socket.send(encodeMessage(answer), peer.port, peer.address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    ({ port } = socket.address());
  });
  afterAll(() => socket.close());

  it.each(['dig', 'kdig'] as const)(
    '%s shows text that we read as the octets that we sent, for every type',
    async (name) => {
      // Types of which neither program nor we share a text, and a KEY without a key, which kdig does not print.
      const shown = samples.filter(
        ({ name: type, text }) => type !== 'WKS' && type !== 'NXT' && !(name === 'kdig' && text === 'KEY 49152 3 1'),
      );
      const questions = shown.flatMap(({ owner, type }) => [`${owner}.example.org`, '-t', `TYPE${type}`]);
      const { stdout } = await run(name, ['@127.0.0.1', '-p', String(port), '+noall', '+answer', '+norec', ...questions]);
      expect(stdout).not.toMatch(/WARNING|malformed/i);
      const zone = parseZone(stdout);
      expect(zone.problems).toEqual([]);
      const theirs = rdataByOwner(zone.records);
      for (const sample of shown) expect(theirs.get(sample.owner), sample.text).toBe(sample.hex);
    },
    120_000,
  );
});
