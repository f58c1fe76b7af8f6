import { readFileSync } from 'node:fs';

import {
  corednsProgram,
  corednsRequirement,
  etcdRequirement,
  eventually,
  freePort,
  startEtcd,
  startProcess,
  unmet,
} from '@seamark/testkit';
import { decodeMessage, formatRecord, recordTypeCode, responseCodeName } from '@seamark/authoritative-dns/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { putKey } from '../../world/etcd-gateway.ts';
import { type DnsProcess, startDns } from './server/dns-process.ts';
import { rawMessage, rawQuestion } from './server/raw-message.ts';
import { TcpConnection } from './server/tcp-connection.ts';

const skipped = unmet('what ExternalDNS has written, by CoreDNS and by Seamark', etcdRequirement(), corednsRequirement());

/** All keys that ExternalDNS had written for a dozen Services, with what repeated runs leave behind for one of two families. */
const content = JSON.parse(readFileSync(new URL('external-dns-content.json', import.meta.url), 'utf8')) as {
  readonly keys: Readonly<Record<string, unknown>>;
};

/** Every name that a key stands for, those above it, and some that are not there. */
const names = [
  ...new Set(
    Object.keys(content.keys).flatMap((key) => {
      const labels = key.split('/').slice(2);
      return labels
        .map((_, count) =>
          labels
            .slice(0, count + 1)
            .toReversed()
            .join('.'),
        )
        .filter((name) => name.endsWith('example.org'));
    }),
  ),
  'nothing.example.org',
  'x.web.example.org',
  'new.apps.example.org',
  'x.real.apps.example.org',
  'WEB.Example.ORG',
].toSorted();
const types = ['A', 'AAAA', 'CNAME', 'TXT', 'MX', 'SRV', 'NS', 'SOA', 'PTR', 'CAA'];

interface Answer {
  readonly status: string;
  readonly answer: readonly string[];
}

async function ask(port: number, name: string, type: string): Promise<Answer> {
  using connection = await TcpConnection.open(port);
  connection.send(rawMessage({ questions: [rawQuestion(name, recordTypeCode(type) as number)] }));
  const [reply] = await connection.received(1);
  if (reply === undefined) throw new Error(`no answer to ${name} ${type}`);
  const { responseCode, answers } = decodeMessage(Uint8Array.from(reply));
  // Owners in lower case; of an SOA only that it is there.
  const lines = answers.map((record) => formatRecord(record).replace(/^\S+/, (owner) => owner.toLowerCase()));
  return { status: responseCodeName(responseCode), answer: lines.map((line) => line.replace(/\d+ IN SOA .*/, 'SOA')).toSorted() };
}

/** Data without owner and TTL, an alias left out. */
const dataOf = ({ answer }: Answer): readonly string[] => [
  ...new Set(answer.map((line) => line.split(' ').slice(3).join(' ')).filter((data) => !data.startsWith('CNAME '))),
];
const withoutWeights = (data: readonly string[]): readonly string[] => [
  ...new Set(data.map((line) => line.replace(/^SRV (\d+) \d+ /, 'SRV $1 ').toLowerCase())),
];
const same = (left: readonly string[], right: readonly string[]): boolean =>
  JSON.stringify(left.toSorted()) === JSON.stringify(right.toSorted());

interface ChosenDifference {
  readonly why: string;
  applies(name: string, type: string, theirs: Answer, ours: Answer): boolean;
}

/** Why an answer may differ from that of CoreDNS. The manual page of the directive etcd has the reasons. */
const chosen: readonly ChosenDifference[] = [
  {
    why: 'names are found whatever their letters (RFC 4343)',
    applies: (name, _type, theirs) => /[A-Z]/.test(name) && !name.startsWith('WEB.') && theirs.status === 'NXDOMAIN',
  },
  {
    why: 'SOA stands at the apex only (RFC 1035 3.3.13)',
    applies: (_name, type, theirs, ours) => type === 'SOA' && theirs.answer.length === 1 && ours.answer.length === 0,
  },
  {
    why: 'a name that exists is not denied (RFC 8020)',
    applies: (_name, type, theirs, ours) =>
      (type === 'CNAME' || type === 'PTR') && theirs.status === 'NXDOMAIN' && ours.status === 'NOERROR',
  },
  {
    why: 'an alias is answered for every type (RFC 1034 4.3.2)',
    applies: (_name, _type, theirs, ours) =>
      ours.answer.some((line) => line.includes(' CNAME ')) && !theirs.answer.join().includes(' CNAME '),
  },
  {
    why: 'a stored * is a wildcard (RFC 4592)',
    applies: (name, _type, theirs, ours) => name === 'new.apps.example.org' && theirs.status === 'NXDOMAIN' && ours.status === 'NOERROR',
  },
  {
    why: 'a stored * is answered when it is asked for',
    applies: (name, _type, theirs, ours) =>
      name === '*.apps.example.org' && ours.answer.every((line) => theirs.answer.includes(line.replace(' 100 ', ' 50 '))),
  },
  {
    why: 'shares of weight are those of the records that are answered',
    applies: (_name, type, theirs, ours) => type === 'SRV' && same(withoutWeights(dataOf(ours)), withoutWeights(dataOf(theirs))),
  },
  {
    why: 'one set has one TTL, and no alias stands beside it (RFC 2181 5.2, 10.1)',
    applies: (name, _type, theirs, ours) => name === 'example.org' && theirs.answer.length > 1 && same(dataOf(ours), dataOf(theirs)),
  },
  {
    why: 'an apex has name servers (RFC 1034 4.2.1)',
    applies: (name, type, theirs, ours) =>
      name === 'example.org' && type === 'NS' && theirs.status === 'NXDOMAIN' && ours.answer.length === 1,
  },
];

describe.skipIf(skipped)('what the real ExternalDNS has written is answered', () => {
  const parts: AsyncDisposable[] = [];
  let dns: DnsProcess;
  let theirPort: number;

  beforeAll(async () => {
    const etcd = await startEtcd();
    parts.push(etcd);
    for (const [key, value] of Object.entries(content.keys)) await putKey(etcd.endpoint, key, JSON.stringify(value));
    const corefile = (port: number): string => `example.org:${port} {
    bind 127.0.0.1
    errors
    etcd {
        path /skydns
        endpoint ${etcd.endpoint}
    }
}
`;
    dns = await startDns({ corefile });
    parts.push(dns);
    theirPort = await freePort();
    parts.push(startProcess(corednsProgram(), ['-conf', 'stdin'], { input: corefile(theirPort) }));
    for (const port of [dns.port, theirPort])
      await eventually(async () => {
        const { status } = await ask(port, 'web.example.org', 'A');
        if (status !== 'NOERROR') throw new Error(`port ${port} answers ${status}`);
      });
  });
  afterAll(async () => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
  });

  it('as by CoreDNS, but for the differences that are chosen', { timeout: 300_000 }, async () => {
    const unexplained: unknown[] = [];
    const used = new Set<string>();
    for (const name of names) {
      await Promise.all(
        types.map(async (type) => {
          const [ours, theirs] = await Promise.all([ask(dns.port, name, type), ask(theirPort, name, type)]);
          if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
          const difference = chosen.find((each) => each.applies(name, type, theirs, ours));
          if (difference === undefined) unexplained.push({ question: `${name} ${type}`, theirs, ours });
          else used.add(difference.why);
        }),
      );
    }
    expect(unexplained).toEqual([]);
    expect([...used].toSorted()).toEqual(chosen.map(({ why }) => why).toSorted());
  });
});
