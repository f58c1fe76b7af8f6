import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type ConformanceSuite, differences } from './conformance-suite.ts';
import { runConformance } from './run-conformance.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seamark-conformance-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Cases are numbers; even ones pass, odd ones differ, 13 throws. */
const suite = (name: string): ConformanceSuite => ({
  name,
  casesOf: (content) =>
    (content as number[]).map((value) => ({
      id: `case-${value}`,
      run: () => {
        if (value === 13) throw new Error('unlucky');
        return differences({ rest: 0 }, { rest: value % 2 });
      },
    })),
});

async function run(suites: readonly ConformanceSuite[], only?: string): Promise<{ failed: number; lines: string[] }> {
  const lines: string[] = [];
  const failed = await runConformance({ suites, casesFolder: folder, only, print: (line) => void lines.push(line) });
  return { failed, lines };
}

describe('the report', () => {
  test('lists failing cases with what differs, then the count of each suite', async () => {
    await writeFile(join(folder, 'one.json'), '[2, 3, 4, 13]');
    await writeFile(join(folder, 'two.json'), '[2]');
    expect(await run([suite('one'), suite('two')])).toEqual({
      failed: 2,
      lines: [
        'FAILED one case-3',
        '  rest: expected 0, got 1',
        'FAILED one case-13',
        '  threw Error: unlucky',
        'one: 2 passed, 2 failed',
        'two: 1 passed, 0 failed',
      ],
    });
  });

  test('a single suite can be asked for', async () => {
    await writeFile(join(folder, 'two.json'), '[2]');
    expect(await run([suite('one'), suite('two')], 'two')).toEqual({ failed: 0, lines: ['two: 1 passed, 0 failed'] });
  });

  test('a suite without a file in the folder is skipped by name', async () => {
    await writeFile(join(folder, 'two.json'), '[2]');
    const { lines } = await run([suite('one'), suite('two')]);
    expect(lines).toEqual([`one: skipped, there is no ${join(folder, 'one.json')}`, 'two: 1 passed, 0 failed']);
  });
});

describe('a request that cannot be carried out', () => {
  test('an unknown suite is answered with the known ones', async () => {
    await expect(run([suite('one'), suite('two')], 'three')).rejects.toThrow('there is no suite "three"; there is: one, two');
  });

  test('a folder that does not exist, or is a file, is named', async () => {
    const print = (): void => {};
    await expect(runConformance({ suites: [suite('one')], casesFolder: join(folder, 'no'), print })).rejects.toThrow(
      `there is no folder ${join(folder, 'no')}`,
    );
    await writeFile(join(folder, 'file'), '');
    await expect(runConformance({ suites: [suite('one')], casesFolder: join(folder, 'file'), print })).rejects.toThrow('is not a folder');
  });

  test('a missing file of the suite that was asked for, or of all suites, is no success', async () => {
    await expect(run([suite('one')], 'one')).rejects.toThrow(`suite one needs ${join(folder, 'one.json')}, which does not exist`);
    await expect(run([suite('one')])).rejects.toThrow('has no file of any suite (one)');
  });

  test.each([
    ['not json', /one\.json does not hold cases of suite one: SyntaxError/],
    ['{"ranges":1}', /one\.json does not hold cases of suite one: TypeError/],
    ['[]', /one\.json holds no case/],
  ])('a file with %s is named', async (content, message) => {
    await writeFile(join(folder, 'one.json'), content);
    await expect(run([suite('one')])).rejects.toThrow(message);
  });
});

describe('npm run conformance', () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const start = (...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, ['--conditions=@seamark/source', main, ...args], (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });

  test('passes every recorded case', async () => {
    const { status, stdout } = await start();
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^(?:\w+: \d+ passed, 0 failed\n)+$/) as string });
  });

  test('exits with 1 and the differing fields when a record says otherwise', async () => {
    await writeFile(
      join(folder, 'ipranges.json'),
      JSON.stringify({
        ranges: [
          { input: '10.0.0.0/30', accepted: true, family: 'ipv4', count: '5', first: '10.0.0.0', last: '10.0.0.3', cidrs: ['10.0.0.0/30'] },
          { input: '10.0.0.0/31', accepted: false, reason: 'made up' },
          { input: '10.0.0.0/33', accepted: true },
        ],
        overlap: [{ a: '10.0.0.0/8', b: '10.0.0.0/24', overlap: false }],
      }),
    );
    const { status, stdout } = await start('--cases', folder, '--only', 'ipranges');
    expect(status).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'FAILED ipranges ranges/0 "10.0.0.0/30"',
      '  count: expected "5", got "4"',
      'FAILED ipranges ranges/1 "10.0.0.0/31"',
      '  accepted: expected false (made up), got true',
      'FAILED ipranges ranges/2 "10.0.0.0/33"',
      '  accepted: expected true, got refused: prefix length 33 is above 32',
      'FAILED ipranges overlap/0 10.0.0.0/8 and 10.0.0.0/24',
      '  overlap: expected false, got true',
      '  reversed: expected false, got true',
      'ipranges: 0 passed, 4 failed',
      '',
    ]);
  });

  test.each([
    [['--only', 'nothing'], 'conformance: there is no suite "nothing"; there is: '],
    [['--cases', '/nonexistent/folder'], 'conformance: there is no folder /nonexistent/folder'],
    [['--colour'], "conformance: Unknown option '--colour'"],
  ])('%j exits with 2 and says why', async (args, message) => {
    const { status, stderr } = await start(...args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(message) as string });
    expect(stderr).not.toContain('    at '); // no stack trace
  });
});
