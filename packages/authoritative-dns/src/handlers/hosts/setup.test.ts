import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createLogger, createMetrics } from '@seamark/common/observability';
import { eventually, temporaryFolder } from '@seamark/testkit';
import { describe, expect, test } from 'vitest';

import type { SetupContext } from '../../chain/setup.ts';
import { answerText } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, refuse, setUp, type SetUpDirective } from '../testing/set-up.ts';
import { hostsSetup } from './setup.ts';

/** A chain with hosts whose file is missing: what it answers comes from the Corefile. */
function inline(lines: string, zone = 'example.org'): SetUpDirective {
  return setUp(hostsSetup, `hosts missing {\n${lines}\n}`, { zone });
}

const ask = ({ handler }: SetUpDirective, name: string, type = 'A'): string[] => answerText(handler.handle(question(name, type), refuse));
const goesOn = ['REFUSED'];

describe('what hosts takes', () => {
  test.each([
    'hosts',
    'hosts /tmp',
    'hosts /etc/hosts miek.nl.',
    'hosts /etc/hosts miek.nl 10.0.0.9/8 {\n fallthrough\n}',
    'hosts highly_unlikely_to_exist_hosts_file example.org {\n 10.0.0.1 example.org\n fallthrough\n}',
    'hosts highly_unlikely_to_exist_hosts_file example.org {\n 10.0.0.1 example.org\n}',
    'hosts {\n ttl 60\n no_reverse\n reload 1m\n fallthrough example.org\n fallthrough_unsupported\n}',
  ])('%s', (lines) => {
    expect(problemOf(hostsSetup, lines)).toBeUndefined();
  });

  test.each([
    ['hosts /etc/hosts {\n fallthrough\n}\nhosts /etc/hosts {\n fallthrough\n}', 'Corefile:5: hosts stands twice'],
    ['hosts file example.org {\n fallthrough\n 10.0.0.1 example.org\n}', 'Corefile:4: "10.0.0.1" is not an option of hosts'],
    ['hosts {\n ttl 0\n}', 'Corefile:3: "0" is not a number of seconds: it must be a whole number from 1 to 65535'],
    ['hosts {\n ttl\n}', 'Corefile:3: ttl needs one argument'],
    ['hosts {\n reload -1s\n}', 'Corefile:3: "-1s" is out of range'],
    ['hosts {\n fallthrough_unsupported\n}', 'fallthrough_unsupported of hosts needs fallthrough'],
  ])('not %s', (lines, problem) => {
    expect(problemOf(hostsSetup, lines)).toContain(problem);
  });

  test('a line that is nothing is ignored with a warning, as CoreDNS ignores it without', () => {
    expect(inline('fallthru').warnings).toEqual(['Corefile:3: hosts ignores "fallthru": neither an option nor an address with names']);
  });
});

describe('what hosts answers', () => {
  const hosts = inline(
    '10.0.0.1 Example.org www.example.org # comment\n10.0.0.2 www.example.org\nfd00::1%eth0 www.example.org\n10.0.0.3 other.example.net',
  );

  test.each([
    ['example.org', 'A', ['10.0.0.1']],
    ['WWW.example.org', 'A', ['10.0.0.1', '10.0.0.2']],
    ['www.example.org', 'AAAA', ['fd00::1']],
  ])('%s %s', (name, type, addresses) => {
    expect(ask(hosts, name, type)).toEqual(['NOERROR aa', ...addresses.map((address) => `${name.toLowerCase()}. 3600 ${type} ${address}`)]);
  });

  test.each([
    ['example.org', 'AAAA'],
    ['www.example.org', 'TXT'],
    ['www.example.org', 'PTR'],
  ])('%s exists and has no %s', (name, type) => {
    expect(ask(hosts, name, type)).toEqual(['NOERROR aa']);
  });

  test('a name of its zones that it does not have is SERVFAIL: it has no SOA to deny with', () => {
    expect(ask(hosts, 'gone.example.org')).toEqual(['SERVFAIL']);
  });

  test('names outside its zones go on, and lines for them are left out', () => {
    expect(ask(hosts, 'other.example.net')).toEqual(goesOn);
    expect(ask(hosts, '3.0.0.10.in-addr.arpa', 'PTR')).toEqual(goesOn);
  });

  test('addresses have names, whatever the zones', () => {
    expect(ask(hosts, '1.0.0.10.in-addr.arpa', 'PTR')).toEqual([
      'NOERROR aa',
      '1.0.0.10.in-addr.arpa. 3600 PTR example.org.',
      '1.0.0.10.in-addr.arpa. 3600 PTR www.example.org.',
    ]);
    const ipv6 = `1.${'0.'.repeat(29)}d.f.ip6.arpa`;
    expect(ask(hosts, ipv6, 'PTR')).toEqual(['NOERROR aa', `${ipv6}. 3600 PTR www.example.org.`]);
    expect(ask(hosts, '9.0.0.10.in-addr.arpa', 'PTR')).toEqual(goesOn);
  });

  test('no_reverse leaves those out', () => {
    expect(ask(inline('10.0.0.1 example.org\nno_reverse'), '1.0.0.10.in-addr.arpa', 'PTR')).toEqual(goesOn);
  });

  test('ttl is that of all records', () => {
    const short = inline('10.0.0.1 example.org\nttl 7');
    expect(ask(short, 'example.org')).toEqual(['NOERROR aa', 'example.org. 7 A 10.0.0.1']);
    expect(ask(short, '1.0.0.10.in-addr.arpa', 'PTR')[1]).toContain(' 7 PTR ');
  });

  test('a class other than IN goes on', () => {
    expect(answerText(hosts.handler.handle(question('example.org', 'A', { class: 3 }), refuse))).toEqual(goesOn);
  });
});

describe('wildcards of hosts', () => {
  const hosts = inline('10.0.0.1 *.example.org\n10.0.0.2 a.example.org');

  test('match one label, and no name that has a line', () => {
    expect(ask(hosts, 'b.example.org')).toEqual(['NOERROR aa', 'b.example.org. 3600 A 10.0.0.1']);
    expect(ask(hosts, 'a.example.org')).toEqual(['NOERROR aa', 'a.example.org. 3600 A 10.0.0.2']);
    expect(ask(hosts, 'b.example.org', 'AAAA')).toEqual(['NOERROR aa']);
    expect(ask(hosts, 'example.org')).toEqual(['SERVFAIL']);
    expect(ask(hosts, 'x.b.example.org')).toEqual(['SERVFAIL']);
  });

  test('have no reverse names', () => {
    expect(ask(hosts, '1.0.0.10.in-addr.arpa', 'PTR')).toEqual(goesOn);
    expect(ask(hosts, '2.0.0.10.in-addr.arpa', 'PTR')[1]).toContain('a.example.org.');
  });
});

describe('fallthrough of hosts', () => {
  test('lets names go on that are missing, not types', () => {
    const hosts = inline('10.0.0.1 www.example.org\nfallthrough');
    expect(ask(hosts, 'gone.example.org')).toEqual(goesOn);
    expect(ask(hosts, 'www.example.org', 'TXT')).toEqual(['NOERROR aa']);
  });

  test('for some zones leaves the others', () => {
    const hosts = inline('10.0.0.1 www.example.org\nfallthrough sub.example.org');
    expect(ask(hosts, 'gone.sub.example.org')).toEqual(goesOn);
    expect(ask(hosts, 'gone.example.org')).toEqual(['SERVFAIL']);
  });

  test('fallthrough_unsupported lets types go on that hosts files do not have', () => {
    const hosts = inline('10.0.0.1 www.example.org\nfallthrough\nfallthrough_unsupported');
    expect(ask(hosts, 'www.example.org', 'TXT')).toEqual(goesOn);
    expect(ask(hosts, 'www.example.org', 'AAAA')).toEqual(['NOERROR aa']);
  });
});

describe('the file of hosts', () => {
  async function started(
    text: string,
    options = '',
    context: Partial<SetupContext> = {},
  ): Promise<SetUpDirective & AsyncDisposable & { file: string }> {
    const folder = temporaryFolder('hosts');
    const file = join(folder.path, 'my.hosts');
    await writeFile(file, text);
    const hosts = setUp(hostsSetup, `hosts my.hosts {\n${options}\n}`, { context: { folder: folder.path, ...context } });
    await hosts.part.start?.(new AbortController().signal);
    return {
      ...hosts,
      file,
      async [Symbol.asyncDispose]() {
        await hosts.part.stop?.();
        folder[Symbol.dispose]();
      },
    };
  }

  test('is served beside the lines of the Corefile, each address once', async () => {
    await using hosts = await started(
      '10.0.0.1 www.example.org\r\n\t10.0.0.2   www.example.org x\n# 10.0.0.3 www.example.org\nnonsense\n',
      '10.0.0.4 www.example.org\n10.0.0.2 www.example.org',
    );
    expect(ask(hosts, 'www.example.org').map((line) => line.split(' ').at(-1))).toEqual(['aa', '10.0.0.1', '10.0.0.2', '10.0.0.4']);
    expect(ask(hosts, 'x')).toEqual(['NOERROR aa', 'x. 3600 A 10.0.0.2']);
  });

  test('is looked at again, and kept while it cannot be read', async () => {
    await using hosts = await started('10.0.0.1 www.example.org\n', 'reload 20ms');
    await appendFile(hosts.file, '10.0.0.2 new.example.org\n');
    await eventually(() => expect(ask(hosts, 'new.example.org')).toHaveLength(2));
    await rm(hosts.file);
    expect(ask(hosts, 'www.example.org')).toHaveLength(2);
    await writeFile(hosts.file, '10.0.0.3 late.example.org\n');
    await eventually(() => expect(ask(hosts, 'late.example.org')).toHaveLength(2));
    expect(ask(hosts, 'www.example.org')).toEqual(['SERVFAIL']);
  });

  test('is counted, entries of the Corefile and reverse ones with it', async () => {
    const metrics = createMetrics({ version: '0', component: 'test' });
    const value = async (name: string): Promise<string | undefined> =>
      new RegExp(`^${name} (\\S+)$`, 'm').exec(await metrics.metrics())?.[1];
    let entries = '';
    {
      await using hosts = await started('10.0.0.1 www.example.org\n', '10.0.0.2 x.example.org', { metrics });
      entries = `coredns_hosts_entries\\{hostsfile="${hosts.file}"\\}`;
      expect(await value(entries)).toBe('4');
      expect(Number(await value('coredns_hosts_reload_timestamp_seconds'))).toBeGreaterThan(1e9);
    }
    expect(await value(entries)).toBe('0');
  });

  const logged = (log: string[]): Partial<SetupContext> => ({
    logger: createLogger({ format: 'text', color: false, destination: { write: (line: string) => void log.push(line) } }),
  });

  test('that is missing is told of in one line, without a stack', async () => {
    const log: string[] = [];
    const hosts = setUp(hostsSetup, 'hosts missing', { context: logged(log) });
    await hosts.part.start?.(new AbortController().signal);
    await hosts.part.stop?.();
    expect(log).toEqual([expect.stringMatching(/WARN .*there is no such file; .*file=\/nowhere\/missing.*\n$/)]);
    expect(log.join('').split('\n')).toHaveLength(2);
  });

  test('with lines that are no entries is told of once, with the first of them', async () => {
    const log: string[] = [];
    const bad = [1, 2, 3, 4, 5, 6].map((at) => `300.1.1.${at} x\n`).join('');
    await using hosts = await started(`# a comment\n\n10.0.0.1 www.example.org a..b # so\n10.0.0.2\n${bad}`, '', logged(log));
    const { file } = hosts;
    expect(ask(hosts, 'www.example.org')).toHaveLength(2);
    const lines = [`${file}:3: "a..b" is not a name`, `${file}:4: no name behind the address`, `${file}:5: "300.1.1.1" is not an address`];
    expect(log).toEqual([expect.stringContaining(`hosts ignores what is no entry: ${lines.join('; ')};`)]);
    expect(log[0]).toMatch(/:7: "300\.1\.1\.3" is not an address; and 3 more\n$/);
  });

  test.each(['missing', '.'])('%s does not keep it from starting', async (path) => {
    using folder = temporaryFolder('hosts');
    const hosts = setUp(hostsSetup, `hosts ${path} {\n 10.0.0.1 www.example.org\n}`, { context: { folder: folder.path } });
    await hosts.part.start?.(new AbortController().signal);
    expect(ask(hosts, 'www.example.org')).toHaveLength(2);
    await hosts.part.stop?.();
  });
});
