import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually, temporaryFolder, type TemporaryFolder } from '@seamark/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { PolledFiles } from './polled-files.ts';
import { fileState, quietMs, SettledFile } from './settled-file.ts';

let folder: TemporaryFolder;
let path: string;

beforeEach(() => {
  folder = temporaryFolder('polled-files');
  path = join(folder.path, 'file');
});
afterEach(() => folder[Symbol.dispose]());

describe('files that are looked at again', () => {
  test('are not taken while they are being written, and are when nobody writes any more', async () => {
    writeFileSync(path, 'one');
    const taken: string[] = [];
    const files = new PolledFiles({
      paths: [path],
      intervalMs: 20,
      onContent: ([text = '']) => taken.push(text),
      onProblem: (problem) => taken.push(String(problem)),
    });
    await files.start();
    truncateSync(path);
    for (const part of ['t', 'w', 'o']) {
      appendFileSync(path, part);
      await delay(quietMs / 4);
    }
    await eventually(() => expect(taken).toHaveLength(2));
    await files.stop();
    expect(taken).toEqual(['one', 'two']);
  });

  test('are not taken again when only their time, their rights or their inode changed', async () => {
    writeFileSync(path, 'one');
    const taken: string[] = [];
    const files = new PolledFiles({
      paths: [path],
      intervalMs: 20,
      onContent: ([text = '']) => taken.push(text),
      onProblem: () => undefined,
    });
    await files.start();
    utimesSync(path, 1, 1);
    chmodSync(path, 0o600);
    writeFileSync(`${path}.same`, 'one');
    renameSync(`${path}.same`, path);
    await delay(100);
    writeFileSync(`${path}.new`, 'two');
    utimesSync(`${path}.new`, 1, 1);
    renameSync(`${path}.new`, path);
    await eventually(() => expect(taken).toEqual(['one', 'two']));
    await files.stop();
  });
});

describe('when a changed file can be read', () => {
  const leftMs = async (change: () => void | Promise<void>): Promise<number> => {
    writeFileSync(path, 'one');
    const before = await fileState(path);
    await change();
    return new SettledFile().leftMs(before, await fileState(path));
  };

  test.each<readonly [what: string, change: () => void | Promise<void>]>([
    [
      'a rename',
      async () => {
        writeFileSync(`${path}.new`, 'two');
        await delay(20);
        renameSync(`${path}.new`, path);
      },
    ],
    [
      'a link to a file that is older',
      () => {
        mkdirSync(`${path}.d`);
        writeFileSync(`${path}.d/file`, 'two');
        utimesSync(`${path}.d/file`, 1, 1);
        rmSync(path);
        symlinkSync(`${path}.d/file`, path);
      },
    ],
    ['a change of rights', () => chmodSync(path, 0o600)],
  ])('after %s: at once', async (_what, change) => {
    expect(await leftMs(change)).toBe(0);
  });

  test.each<readonly [what: string, change: () => void]>([
    ['a write', () => appendFileSync(path, 'two')],
    [
      'a deletion and a write',
      () => {
        rmSync(path);
        writeFileSync(path, 'two');
      },
    ],
    ['its end', () => rmSync(path)],
  ])('after %s: when it has been left alone', async (_what, change) => {
    expect(await leftMs(change)).toBeGreaterThan(quietMs - 500);
  });
});
