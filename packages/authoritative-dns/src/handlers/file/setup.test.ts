import { appendFileSync, copyFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createLogger, createMetrics, type Logger } from '@seamark/common/observability';
import { createReasonStream } from '@seamark/common/reasons';
import { eventually, temporaryFolder, type TemporaryFolder } from '@seamark/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Next } from '../../chain/handler.ts';
import { emptyResponse } from '../../chain/response.ts';
import type { SetupContext } from '../../chain/setup.ts';
import { quietMs } from '../settled-file.ts';
import { answerText } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, refuse, setUp, type SetUpDirective } from '../testing/set-up.ts';
import { fileSetup } from './setup.ts';

let folder: TemporaryFolder;
const running: SetUpDirective[] = [];

beforeEach(() => {
  folder = temporaryFolder('file');
});

afterEach(async () => {
  for (const directive of running.splice(0)) await directive.part.stop?.();
  folder[Symbol.dispose]();
});

const soa = (serial: number): string =>
  `@ 3600 IN SOA ns1 host ${serial} 14400 3600 1209600 300\n@ 3600 IN NS ns1\nns1 60 IN A 192.0.2.53\n`;

function write(name: string, text: string): void {
  // As editors and kubelet do it: the file is there as a whole or not at all.
  const path = join(folder.path, name);
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** A logger and its lines. */
function logTo(log: string[]): Logger {
  return createLogger({ format: 'text', color: false, destination: { write: (line: string) => void log.push(line) } });
}

async function started(lines: string, context: Partial<SetupContext> = {}): Promise<SetUpDirective> {
  const directive = setUp(fileSetup, lines, { zone: 'example.org', context: { folder: folder.path, ...context } });
  running.push(directive);
  await directive.part.start?.(AbortSignal.timeout(10_000));
  return directive;
}

const ask = async ({ handler }: SetUpDirective, name: string, type = 'A', next: Next = refuse): Promise<string[]> =>
  answerText(await handler.handle(question(name, type), next));

describe('what file takes', () => {
  test.each([
    'file db.example.org',
    'file /etc/coredns/db.example.org example.org {\n reload 30s\n}',
    'file db.example.org example.org example.net 10.0.0.0/24 {\n reload 0\n fallthrough\n upstream 8.8.8.8\n}',
    'file a example.org\nfile b example.net {\n fallthrough example.net\n}',
  ])('%s', (lines) => {
    expect(problemOf(fileSetup, lines)).toBeUndefined();
  });

  test.each([
    ['file', 'Corefile:2: file needs at least one argument'],
    ['file db {\n reload\n}', 'Corefile:3: reload needs one argument'],
    ['file db {\n reload soon\n}', 'Corefile:3: "soon" is not a duration'],
    ['file db {\n transfer to *\n}', 'Corefile:3: "transfer" is not an option of file; it has reload, reload_by_mtime, fallthrough'],
  ])('not %s', (lines, problem) => {
    expect(problemOf(fileSetup, lines)).toContain(problem);
  });

  test('of a zone that stands twice the last file is served, which is said', () => {
    expect(setUp(fileSetup, 'file a\nfile b', { zone: 'example.org' }).warnings).toEqual([
      'Corefile:2: file has example.org. again further down: /nowhere/b is served, /nowhere/a is not',
    ]);
  });
});

describe('what file answers', () => {
  test('the records of its zones, from a path below the folder of the block', async () => {
    write('db', `${soa(1)}www 60 IN A 192.0.2.1\n`);
    const file = await started('file db example.org example.net');
    expect(await ask(file, 'www.example.org')).toEqual(['NOERROR aa', 'www.example.org. 60 A 192.0.2.1']);
    expect(await ask(file, 'www.example.net')).toEqual(['NOERROR aa', 'www.example.net. 60 A 192.0.2.1']);
    expect(await ask(file, 'www.example.com')).toEqual(['REFUSED']);
    expect(file.part.notReady?.()).toBeUndefined();
  });

  test('a name that does not exist goes on with fallthrough, one without the type does not', async () => {
    write('db', `${soa(1)}www 60 IN A 192.0.2.1\n`);
    const file = await started('file db {\n fallthrough sub.example.org\n}');
    const further: Next = () => emptyResponse('further', 0);
    expect(await ask(file, 'a.sub.example.org', 'A', further)).toEqual(['NOERROR']);
    expect((await ask(file, 'a.example.org', 'A', further))[0]).toBe('NXDOMAIN aa');
    expect((await ask(file, 'www.example.org', 'AAAA', further))[0]).toBe('NOERROR aa');
  });

  test.each([
    ['at once', (response: ReturnType<typeof emptyResponse>) => response],
    ['later', (response: ReturnType<typeof emptyResponse>) => Promise.resolve(response)],
  ])('an alias that leads elsewhere is followed by asking the server itself, which answers %s', async (_when, wrap) => {
    write('db', `${soa(1)}www 60 IN CNAME web.example.com.\n`);
    const address = { owner: Uint8Array.of(3, 119, 101, 98, 0), type: 1, ttlSeconds: 5, rdata: [Uint8Array.of(192, 0, 2, 9)] };
    const file = await started('file db', { askServer: () => wrap(emptyResponse('forward', 0, { answers: [address] })) });
    expect(await ask(file, 'www.example.org')).toEqual(['NOERROR aa', 'www.example.org. 60 CNAME web.example.com.', 'web. 5 A 192.0.2.9']);
  });

  test('an alias whose end nobody knows is answered as it is', async () => {
    write('db', `${soa(1)}www 60 IN CNAME web.example.com.\n`);
    expect(await ask(await started('file db'), 'www.example.org')).toEqual(['NOERROR aa', 'www.example.org. 60 CNAME web.example.com.']);
  });
});

describe('a zone file that changes', () => {
  test('is served anew at once, without waiting for the interval', async () => {
    write('db', `${soa(1)}www 60 IN A 192.0.2.1\n`);
    const file = await started('file db {\n reload 1h\n}');
    write('db', `${soa(2)}www 60 IN A 192.0.2.2\n`);
    await eventually(async () => expect(await ask(file, 'www.example.org')).toContain('www.example.org. 60 A 192.0.2.2'));
  });

  test('is served anew when a file that it includes changes', async () => {
    write('hosts', 'www 60 IN A 192.0.2.1\n');
    write('db', `${soa(1)}$INCLUDE hosts\n`);
    const file = await started('file db {\n reload 1h\n}');
    expect(await ask(file, 'www.example.org')).toContain('www.example.org. 60 A 192.0.2.1');
    write('hosts', 'www 60 IN A 192.0.2.2\n');
    await eventually(async () => expect(await ask(file, 'www.example.org')).toContain('www.example.org. 60 A 192.0.2.2'));
  });

  test('into none keeps the version before, and says where the mistake is', async () => {
    const reasons = createReasonStream();
    const metrics = createMetrics({ component: 'test', version: '0' });
    write('db', `${soa(1)}www 60 IN A 192.0.2.1\n`);
    const file = await started('file db {\n reload 1h\n}', { reasons, metrics });
    write('db', `${soa(2)}www 60 IN A 192.0.2.1.1\n`);
    const path = join(folder.path, 'db');
    await eventually(() => expect([...reasons.list()].map(({ message }) => message)).toEqual([expect.stringContaining(`${path}:4: `)]));
    expect([...reasons.list()][0]?.message).toContain('the version before stays served');
    expect(await ask(file, 'www.example.org')).toContain('www.example.org. 60 A 192.0.2.1');
    expect(await metrics.metrics()).toContain('seamark_zone_file_refused_total{zone="example.org."} 1');
    expect(await metrics.metrics()).toContain('seamark_zone_file_serial{zone="example.org."} 1');

    write('db', `${soa(3)}www 60 IN A 192.0.2.3\n`);
    await eventually(() => expect([...reasons.list()]).toEqual([]));
    expect(await ask(file, 'www.example.org')).toContain('www.example.org. 60 A 192.0.2.3');
  });

  test('is not taken half-written: it is read once nobody writes to it any more', async () => {
    write('db', `${soa(1)}www 60 IN A 192.0.2.1\n`);
    const file = await started('file db {\n reload 1h\n}');
    const path = join(folder.path, 'db');
    writeFileSync(path, soa(2));
    const seen = new Set<string>();
    for (let asked = 0; asked < 30; asked++) {
      const writtenMs = performance.now();
      appendFileSync(path, '; more of it\n');
      await delay(50);
      const answer = (await ask(file, 'www.example.org')).join();
      // On a host that stands still for so long it has been left alone.
      if (performance.now() - writtenMs < quietMs / 2) seen.add(answer);
    }
    expect([...seen]).toEqual(['NOERROR aa,www.example.org. 60 A 192.0.2.1']);
    appendFileSync(path, 'www 60 IN A 192.0.2.2\n');
    await eventually(async () => expect(await ask(file, 'www.example.org')).toContain('www.example.org. 60 A 192.0.2.2'));
  });

  test('in its time or its inode alone is not a change', async () => {
    const log: string[] = [];
    write('db', `${soa(1)}www 60 IN A 192.0.2.1\n`);
    const file = await started('file db {\n reload 1h\n}', { logger: logTo(log) });
    const path = join(folder.path, 'db');
    utimesSync(path, 1, 1);
    copyFileSync(path, `${path}.copy`);
    utimesSync(`${path}.copy`, 1, 1);
    symlinkSync(`${path}.copy`, `${path}.link`);
    renameSync(`${path}.link`, path);
    await delay(200);
    writeFileSync(`${path}.copy`, `${soa(2)}www 60 IN A 192.0.2.2\n`);
    utimesSync(`${path}.copy`, 1, 1);
    write('db', `${soa(2)}www 60 IN A 192.0.2.2\n`);
    await eventually(async () => expect(await ask(file, 'www.example.org')).toContain('www.example.org. 60 A 192.0.2.2'));
    expect(log.filter((line) => line.includes('zone file read'))).toHaveLength(2);
    expect(log.join('')).not.toContain('did not grow');
  });

  test('is read once for all blocks that have it', async () => {
    const log: string[] = [];
    const shared = new Map<string, unknown>();
    const context: Partial<SetupContext> = {
      logger: logTo(log),
      shared<T>(key: string, create: () => T): T {
        if (!shared.has(key)) shared.set(key, create());
        return shared.get(key) as T;
      },
    };
    write('db', `${soa(1)}www 60 IN A 192.0.2.1\n`);
    const blocks = [1, 2, 3].map(() =>
      setUp(fileSetup, 'file db {\n reload 1h\n}', { zone: 'example.org', context: { folder: folder.path, ...context } }),
    );
    running.push(...blocks);
    for (const { part } of blocks) await part.start?.(AbortSignal.timeout(10_000));
    expect(log.filter((line) => line.includes('zone file read'))).toHaveLength(1);
    const [, second, third] = blocks as [SetUpDirective, SetUpDirective, SetUpDirective];
    expect(await ask(second, 'www.example.org')).toContain('www.example.org. 60 A 192.0.2.1');
    await running.shift()?.part.stop?.();
    write('db', `${soa(2)}www 60 IN A 192.0.2.2\n`);
    for (const block of [second, third]) {
      await eventually(async () => expect(await ask(block, 'www.example.org')).toContain('www.example.org. 60 A 192.0.2.2'));
    }
  });

  test('is not looked at with reload 0', async () => {
    write('db', `${soa(1)}www 60 IN A 192.0.2.1\n`);
    const never = await started('file db {\n reload 0\n}');
    const always = await started('file db {\n reload 1h\n}');
    appendFileSync(join(folder.path, 'db'), 'www 60 IN A 192.0.2.2\n');
    await eventually(async () => expect(await ask(always, 'www.example.org')).toContain('www.example.org. 60 A 192.0.2.2'));
    expect(await ask(never, 'www.example.org')).toEqual(['NOERROR aa', 'www.example.org. 60 A 192.0.2.1']);
  });
});

describe('a zone file that is none at the start', () => {
  test('keeps the server from starting, with the line', async () => {
    write('db', `${soa(1)}www 60 IN A nowhere\n`);
    await expect(started('file db')).rejects.toMatchObject({ code: 'SM_ZONE_FILE_INVALID', message: expect.stringContaining('db:4: ') });
  });

  test('and is not there is waited for: SERVFAIL, and not ready', async () => {
    const file = await started('file db {\n reload 1h\n}');
    expect(await ask(file, 'www.example.org')).toEqual(['SERVFAIL']);
    expect(file.part.notReady?.()).toContain('is not read yet');
    write('db', `${soa(1)}www 60 IN A 192.0.2.1\n`);
    await eventually(async () => expect(await ask(file, 'www.example.org')).toContain('www.example.org. 60 A 192.0.2.1'));
    expect(file.part.notReady?.()).toBeUndefined();
  });

  test.each([
    ['there is no such file', () => undefined],
    ['ELOOP', () => symlinkSync('db', join(folder.path, 'db'))],
  ])('and why it cannot be opened is said: %s', async (why, prepare) => {
    prepare();
    const log: string[] = [];
    await started('file db {\n reload 1h\n}', { logger: logTo(log) });
    expect(log).toEqual([expect.stringMatching(`zone file cannot be opened: ${why}.*; its zones answer SERVFAIL until it can`)]);
  });

  test('and is read only once keeps the server from starting', async () => {
    await expect(started('file db {\n reload 0\n}')).rejects.toMatchObject({ code: 'SM_ZONE_FILE_INVALID' });
  });
});
