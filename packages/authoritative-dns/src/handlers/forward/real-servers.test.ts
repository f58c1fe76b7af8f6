import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  bindRequirement,
  knotRequirement,
  type NameServer,
  type NameServerOptions,
  nsdRequirement,
  startBind,
  startKnot,
  startNsd,
  temporaryFolder,
  unmet,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { sectionText } from '../testing/answer-text.ts';
import { type Forwarding, startForwarding } from './testing/forwarding.ts';

const long = Array.from({ length: 12 }, (_, index) => `"${String(index).repeat(250).slice(0, 250)}"`);

/** Every type whose RDATA a server may compress, and an answer that does not fit into a datagram. */
const records = [
  'example.org. 300 SOA ns1.example.org. hostmaster.example.org. 1 14400 3600 1209600 60',
  'example.org. 300 NS ns1.example.org.',
  'example.org. 300 MX 10 mail.example.org.',
  'example.org. 300 MX 20 mail.example.net.',
  'ns1.example.org. 300 A 192.0.2.53',
  'mail.example.org. 300 AAAA 2001:db8::25',
  'www.example.org. 60 CNAME web.example.org.',
  'web.example.org. 30 A 192.0.2.1',
  'web.example.org. 30 A 192.0.2.2',
  '_sip._tcp.example.org. 300 SRV 1 2 5060 web.example.org.',
  'e164.example.org. 300 NAPTR 100 10 "u" "E2U+sip" "" web.example.org.',
  'rp.example.org. 300 RP admin.example.org. web.example.org.',
  'afs.example.org. 300 AFSDB 1 web.example.org.',
  'kx.example.org. 300 KX 1 web.example.org.',
  'old.example.org. 300 DNAME new.example.org.',
  'svc.example.org. 300 HTTPS 1 web.example.org. alpn="h2"',
  'new.example.org. 300 TYPE65280 \\# 3 010203',
  `long.example.org. 300 TXT ${long.join(' ')}`,
];

const servers: readonly [string, ReturnType<typeof bindRequirement>, (options: NameServerOptions) => Promise<NameServer>][] = [
  ['BIND', bindRequirement(), startBind],
  ['Knot', knotRequirement(), startKnot],
  ['NSD', nsdRequirement(), startNsd],
];

describe.each(servers)('%s as upstream', (software, requirement, start) => {
  describe.skipIf(unmet(`forwarding to ${software}`, requirement))('', () => {
    const folder = temporaryFolder('forward-zone');
    let server: NameServer;
    let forwarding: Forwarding;
    beforeAll(async () => {
      const file = join(folder.path, 'example.org.zone');
      writeFileSync(file, records.map((line) => line.replace(/^(\S+ [0-9]+) /, '$1 IN ')).join('\n') + '\n');
      server = await start({ zones: [{ name: 'example.org', file }] });
      forwarding = await startForwarding(`forward . 127.0.0.1:${server.port}`);
    });
    afterAll(async () => {
      await forwarding?.[Symbol.asyncDispose]();
      await server?.[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    });

    const types = 'SOA NS MX A AAAA SRV NAPTR RP AFSDB KX DNAME HTTPS TYPE65280 TXT'.split(' ');
    test.each(types)('%s records come through as they are in the zone', async (type) => {
      const lines = records.filter((line) => line.split(' ')[2] === type && !line.includes('CNAME'));
      const owner = (lines[0] as string).split(' ')[0] as string;
      const response = await forwarding.ask(owner, type);
      expect(response).toMatchObject({ responseCode: 0, authoritative: true });
      expect(response.truncated).toBeUndefined();
      expect(sectionText(response.answers).toSorted()).toEqual(lines.filter((line) => line.startsWith(owner)).toSorted());
    });

    test('an alias comes with what it leads to', async () => {
      const { answers } = await forwarding.ask('WWW.example.org', 'A');
      expect(
        sectionText(answers)
          .map((line) => line.toLowerCase())
          .toSorted(),
      ).toEqual(['web.example.org. 30 a 192.0.2.1', 'web.example.org. 30 a 192.0.2.2', 'www.example.org. 60 cname web.example.org.']);
    });

    test('NXDOMAIN comes with SOA', async () => {
      const response = await forwarding.ask('missing.example.org', 'A');
      expect(response.responseCode).toBe(3);
      expect(response.authorities.map(({ type }) => type)).toEqual([6]);
    });

    test('a hundred questions at a time are answered over one TCP connection or a few', async () => {
      const all = await Promise.all(Array.from({ length: 100 }, () => forwarding.text('web.example.org', 'A', { transport: 'tcp' })));
      expect(all.every(([code, ...lines]) => code === '0' && lines.length === 2)).toBe(true);
    });
  });
});
