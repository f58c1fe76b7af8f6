import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createEtcdStore } from '@seamark/kv-store-client/etcd';
import {
  corednsProgram,
  corednsRequirement,
  etcdRequirement,
  eventually,
  freePort,
  programRequirement,
  startEtcd,
  startProcess,
  temporaryFolder,
  unmet,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Outcome } from '../../chain/response.ts';
import { dig } from '../../testing/dig.ts';
import { responseCodeName } from '../../wire/protocol-codes.ts';
import { sectionText } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { refuse, setUp, type SetUpDirective } from '../testing/set-up.ts';
import { chosenDifferences } from './coredns-differences.ts';
import { etcdSetup } from './setup.ts';
import { furtherCases, type SideBySideCase } from './side-by-side-cases.ts';

const skipped = unmet(
  'recorded SkyDNS content by CoreDNS and by the directive etcd',
  etcdRequirement(),
  programRequirement('dig', 'bind9-dnsutils'),
  corednsRequirement(),
);

interface RecordedCase extends SideBySideCase {
  readonly leases?: unknown;
  readonly upstream?: unknown;
}

const recorded = new URL('../../../../../e2e/conformance/cases/dns_etcd.json', import.meta.url);
const recordedCases = (JSON.parse(readFileSync(recorded, 'utf8')) as { readonly cases: readonly RecordedCase[] }).cases.filter(
  // What leases have left changes while it is asked; stub answers need a third server.
  ({ leases, upstream }) => leases === undefined && upstream === undefined,
);
const cases: readonly SideBySideCase[] = [...recordedCases, ...furtherCases];

/** Cases with the same content and zones, which share a server. */
interface World {
  readonly index: number;
  readonly path: string;
  readonly first: SideBySideCase;
}

it('the manual page lists every chosen difference', () => {
  const manual = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  for (const { coredns: theirs, seamark, why } of chosenDifferences) expect(manual).toContain(`| ${theirs} | ${seamark} | ${why} |`);
});

describe.skipIf(skipped)('recorded SkyDNS content is answered by the directive etcd and by CoreDNS', () => {
  const parts: AsyncDisposable[] = [];
  const folder = skipped ? undefined : temporaryFolder('side-by-side');
  const worlds = new Map<string, World>();
  const ports = new Map<World, number>();
  const ours = new Map<World, SetUpDirective>();

  const worldOf = (each: SideBySideCase): World => {
    const identity = JSON.stringify([each.etcd, each.zones, each.path]);
    const index = worlds.size;
    const world = worlds.get(identity) ?? { index, first: each, path: (each.path ?? '/skydns').replace(/^\/[^/]+/, `/world${index}`) };
    worlds.set(identity, world);
    return world;
  };
  const directiveLines = ({ first, path }: World, endpoint: string): string =>
    `etcd ${first.zones.join(' ')} {\n path ${path}\n endpoint ${endpoint}\n}`;

  beforeAll(async () => {
    const etcd = await startEtcd();
    parts.push(etcd);
    const store = createEtcdStore({ endpoints: [etcd.endpoint] });
    for (const each of cases) worldOf(each);
    for (const { first, path } of worlds.values()) {
      const success = Object.entries(first.etcd).map(([key, value]) => ({
        type: 'put' as const,
        key: key.replace(first.path ?? '/skydns', path),
        value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
      }));
      await store.transact({ compare: [], success });
    }
    await store.close();
    let corefile = '';
    for (const world of worlds.values()) {
      let port = await freePort();
      while ([...ports.values()].includes(port)) port = await freePort(); // none is held yet
      ports.set(world, port);
      corefile += `.:${port} {\n bind 127.0.0.1\n ${directiveLines(world, etcd.endpoint)}\n}\n`;
      const directive = setUp(etcdSetup, directiveLines(world, etcd.endpoint));
      await directive.part.start?.(new AbortController().signal);
      ours.set(world, directive);
    }
    const file = join(folder?.path ?? '', 'Corefile');
    writeFileSync(file, corefile);
    const coredns = startProcess(corednsProgram(), ['-conf', file]);
    parts.push(coredns);
    await eventually(
      async () => {
        const { status } = await dig([...ports.values()].at(-1) as number, ['+norec', 'example.org']);
        if (status === undefined) throw new Error(`CoreDNS does not answer:\n${coredns.output().slice(-2_000)}`);
      },
      { timeoutMs: 40_000 },
    );
  });
  afterAll(async () => {
    for (const directive of ours.values()) await directive.part.stop?.();
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
    folder?.[Symbol.dispose]();
  });

  it('alike, but for the differences that are listed', { timeout: 120_000 }, async () => {
    const different: string[] = [];
    for (const each of cases) {
      const world = worldOf(each);
      const theirs = await dig(ports.get(world) as number, ['+norec', '+tcp', each.query.name, each.query.type]);
      const mine = await (ours.get(world) as SetUpDirective).handler.handle(question(each.query.name, each.query.type), refuse);
      const [left, right] = [normalOfDig(theirs), normalOf(mine)];
      if (JSON.stringify(left) !== JSON.stringify(right)) different.push(each.id);
      if (process.env['SEAMARK_SHOW_DIFFERENCES'] !== undefined && JSON.stringify(left) !== JSON.stringify(right))
        console.log(each.id, each.query, '\n  CoreDNS', JSON.stringify(left), '\n  Seamark', JSON.stringify(right));
    }
    const listed = chosenDifferences.flatMap(({ cases: ids }) => ids);
    expect(different.toSorted()).toEqual(listed.toSorted());
  });
});

interface Comparable {
  readonly status: string | undefined;
  readonly answer: readonly string[];
  /** Owners and types only: the SOA has other times, which are ours to choose. */
  readonly authority: readonly string[];
  readonly additional: readonly string[];
}

function normalOfDig({ status, sections }: Awaited<ReturnType<typeof dig>>): Comparable {
  const lines = (name: string): string[] =>
    (sections[name] ?? []).filter((line) => !line.startsWith(';')).map((line) => normalLine(line.replace(/ IN /, ' ')));
  return {
    status,
    answer: lines('ANSWER').toSorted(),
    authority: lines('AUTHORITY').map(ownerAndType),
    additional: lines('ADDITIONAL').toSorted(),
  };
}

function normalOf(outcome: Outcome): Comparable {
  if ('drop' in outcome) throw new Error('dropped');
  return {
    status: responseCodeName(outcome.responseCode),
    answer: sectionText(outcome.answers).map(normalLine).toSorted(),
    authority: sectionText(outcome.authorities).map(normalLine).map(ownerAndType),
    additional: sectionText(outcome.additionals).map(normalLine).toSorted(),
  };
}

/** Owners in lower case, strings of TXT joined, and of an SOA no more than that it is there. */
function normalLine(line: string): string {
  const joined = line
    .replaceAll('" "', '')
    .replace(/ ""$/, '')
    .replace(/^\S+/, (owner) => owner.toLowerCase());
  return / SOA /.test(joined) ? `${joined.split(' ')[0]} SOA` : joined;
}

function ownerAndType(line: string): string {
  const [owner, ...rest] = line.split(' ');
  return `${owner} ${rest.find((word) => /^[A-Z]+$/.test(word)) ?? ''}`;
}
