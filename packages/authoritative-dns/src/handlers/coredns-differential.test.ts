import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  corednsProgram,
  corednsRequirement,
  eventually,
  freePort,
  programRequirement,
  startProcess,
  temporaryFolder,
  unmet,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createCorefileServer } from '../server/corefile-server.ts';
import { dig } from '../testing/dig.ts';

const skipped = unmet('small directives by CoreDNS and by us', programRequirement('dig', 'bind9-dnsutils'), corednsRequirement());

function corefile(port: number): string {
  const blocks = {
    '.': 'local\nchaos v1 Ada\nnsid ps0\nwhoami',
    'hosts.test':
      'hosts none hosts.test {\n10.0.0.1 *.hosts.test\n10.0.0.2 a.hosts.test b.hosts.test\nfd00::1 a.hosts.test\nttl 60\n}\nwhoami',
    'fall.test': 'hosts none fall.test {\n10.0.0.1 a.fall.test\nfallthrough sub.fall.test\n}\nwhoami',
    'acl.test':
      'acl net.acl.test {\nallow type MX net 127.0.0.1\nblock net 127.0.0.0/8\n}\nacl {\nfilter type AAAA\nblock type TXT\n}\nwhoami',
    'any.test': 'any\nhosts none any.test {\n10.0.0.1 a.any.test\n}',
    'header.test': 'header {\nresponse set ra\nresponse clear aa\n}\nwhoami',
  };
  return Object.entries(blocks)
    .map(([zone, lines]) => `${zone}:${port} {\nbind 127.0.0.1\n${lines}\n}\n`)
    .join('');
}

/** What an answer says, as far as it is compared. */
interface Said {
  readonly status: string | undefined;
  readonly flags: readonly string[];
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
  readonly extendedErrors: readonly number[];
  readonly nsid: string | undefined;
}

/** `name type [class] [+option]`. */
const sameAnswers = [
  'id.server TXT CH',
  'version.bind TXT CH',
  'authors.bind TXT CH',
  'www.example.org A',
  'www.example.org A +tcp',
  'www.example.org A +nsid',
  'a.hosts.test A',
  'a.hosts.test AAAA',
  'a.hosts.test TXT',
  'b.hosts.test AAAA',
  'wild.hosts.test A',
  'wild.hosts.test AAAA',
  'deep.wild.hosts.test A',
  'hosts.test A',
  'a.fall.test A',
  'x.fall.test A',
  'x.sub.fall.test A',
  'www.acl.test A',
  'www.acl.test TXT',
  'net.acl.test MX',
  'a.any.test A',
  'x.header.test A',
];

const aa = { flags: ['aa'] };
const timers = 'localhost. root.localhost. 1 0 0 0 604800';

/** The same, what our answer has instead of CoreDNS's, and why. */
const otherAnswers: readonly (readonly [asked: string, why: string, ours: Partial<Said>])[] = [
  ['localhost A', 'local names are answered with authority (RFC 6761 6.3)', aa],
  ['localhost.example.org AAAA', 'as above', aa],
  ['127.in-addr.arpa SOA', 'as above (RFC 6303 3)', aa],
  ['1.0.0.127.in-addr.arpa PTR', 'as above', aa],
  ['2.0.0.127.in-addr.arpa PTR', 'as above', aa],
  ['255.in-addr.arpa A', 'as above', aa],
  ['x.localhost MX', 'the SOA of a denial is that of the zone (RFC 2308 3)', { ...aa, authority: [`localhost. 604800 SOA ${timers}`] }],
  ['0.127.in-addr.arpa PTR', 'an ancestor of a name exists (RFC 8020 2)', { ...aa, status: 'NOERROR' }],
  ['a.hosts.test PTR', 'who has the name says that it has no such record (RFC 2308 2.2)', { additional: [] }],
  ['www.acl.test AAAA', 'code 17 is for filters that the asker wished for (RFC 8914 4.18)', { extendedErrors: [15] }],
  ['net.acl.test A', 'code 18 is for askers who may not ask (RFC 8914 4.19)', { extendedErrors: [18] }],
  ['net.acl.test A +tcp', 'as above', { extendedErrors: [18] }],
  ['a.any.test ANY', 'the zone is ours (RFC 1035 4.1.1)', aa],
  ['x.any.test ANY', 'a name that is not there has no HINFO (RFC 8482 4.2)', { status: 'SERVFAIL', answer: [] }],
];

describe.skipIf(skipped)('small directives answer as those of CoreDNS do, but for what their manual pages name', () => {
  const folder = skipped ? undefined : temporaryFolder('coredns-handlers');
  const parts: AsyncDisposable[] = [];
  let theirPort = 0;
  let ourPort = 0;

  beforeAll(async () => {
    theirPort = await freePort();
    const file = join(folder?.path ?? '', 'Corefile');
    writeFileSync(file, corefile(theirPort));
    parts.push(startProcess(corednsProgram(), ['-conf', file]));
    ourPort = await freePort();
    const server = createCorefileServer({ file, text: corefile(ourPort) });
    await server.start(new AbortController().signal);
    parts.push({ [Symbol.asyncDispose]: () => server.stop() });
    await eventually(async () => {
      const { status } = await dig(theirPort, ['+norec', 'localhost']);
      if (status !== 'NOERROR') throw new Error(`CoreDNS answers ${status}`);
    });
  });
  afterAll(async () => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
    folder?.[Symbol.dispose]();
  });

  test.each(sameAnswers)('%s', async (asked) => {
    expect(await ask(ourPort, asked)).toEqual(await ask(theirPort, asked));
  });

  test.each(otherAnswers)('%s: %s', async (asked, _why, difference) => {
    const theirs = await ask(theirPort, asked);
    expect(theirs).not.toMatchObject(difference);
    expect(await ask(ourPort, asked)).toEqual({ ...theirs, ...difference });
  });
});

async function ask(port: number, asked: string): Promise<Said> {
  const [name = '', type = '', ...rest] = asked.split(' ');
  const { status, flags, sections, text } = await dig(port, ['+norec', '+notcp', ...rest, name, type]);
  const lines = (section: string): string[] => (sections[section] ?? []).map((line) => comparable(line));
  return {
    status,
    flags: flags.split(' ').filter((flag) => flag === 'aa' || flag === 'ra'),
    answer: lines('ANSWER'),
    authority: lines('AUTHORITY'),
    additional: lines('ADDITIONAL'),
    extendedErrors: [...text.matchAll(/EDE: (\d+)/g)].map(([, code]) => Number(code)),
    nsid: /NSID: .*\("(.*)"\)/.exec(text)?.[1],
  };
}

/** A record without its class, and an SRV record without the port that the asker happens to have. */
function comparable(line: string): string {
  return line.replace(/ (?:IN|CH) /, ' ').replace(/( SRV 0 0) \d+ /, '$1 PORT ');
}
