import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess, temporaryFolder } from '@seamark/testkit';
import type { TemporaryFolder, TestProcess } from '@seamark/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './lock-folder.ts';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder('lock-folder');
});
afterEach(() => folder[Symbol.dispose]());

const startHolder = (path: string): TestProcess =>
  startProcess(process.execPath, ['--conditions=@seamark/source', join(import.meta.dirname, 'fixtures', 'hold-lock.ts'), path]);

test('a second process is refused and told who holds the folder', async () => {
  await using holder = startHolder(folder.path);
  await holder.waitForOutput(/held/);
  await expect(lockFolder(folder.path)).rejects.toMatchObject({
    code: 'SM_STORE_LOCKED',
    message: expect.stringContaining(`${folder.path} is in use by process ${holder.pid} (`) as string,
  });
  expect(readdirSync(folder.path)).toHaveLength(1);
});

test('a second lock in the same process is refused until the first is released', async () => {
  const first = await lockFolder(folder.path);
  await expect(lockFolder(folder.path)).rejects.toThrow(`in use by process ${process.pid} (this process)`);
  await first.release();
  await first.release();
  await (await lockFolder(folder.path)).release();
  expect(readdirSync(folder.path)).toEqual([]);
});

test('the lock of a killed process is taken over', async () => {
  await using holder = startHolder(folder.path);
  await holder.waitForOutput(/held/);
  await holder.end('SIGKILL');
  expect(readdirSync(folder.path)).toHaveLength(1);
  await using lock = await lockFolder(folder.path);
  expect(lock.path).toBe(folder.path);
  expect(readdirSync(folder.path)).toHaveLength(1);
});

test('a lock whose pid now belongs to another process, or to another boot, is taken over', async () => {
  await using other = startHolder(join(folder.path, 'elsewhere'));
  await other.waitForOutput(/held/);
  const data = join(folder.path, 'data');
  await (await lockFolder(data)).release();
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  const ticks = readFileSync(`/proc/${other.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19];
  writeFileSync(join(data, `lock-${other.pid}-1-${bootId}`), '');
  writeFileSync(join(data, `lock-${other.pid}-${ticks}-00000000`), '');
  await using lock = await lockFolder(data);
  expect(readdirSync(lock.path)).toHaveLength(1);
});

test('other files in the folder are left alone', async () => {
  for (const name of ['lock-file', 'data.log', 'lock-1']) writeFileSync(join(folder.path, name), 'mine');
  await (await lockFolder(folder.path)).release();
  expect(readdirSync(folder.path).toSorted()).toEqual(['data.log', 'lock-1', 'lock-file']);
});

test('of many processes that start at the same moment, at most one gets the folder', async () => {
  const rivals = Array.from({ length: 6 }, () => startHolder(folder.path));
  try {
    await Promise.all(rivals.map((rival) => rival.waitForOutput(/held|refused SM_STORE_LOCKED/)));
    expect(rivals.filter((rival) => rival.output().includes('held')).length).toBeLessThanOrEqual(1);
  } finally {
    await Promise.all(rivals.map((rival) => rival.end('SIGKILL')));
  }
  await (await lockFolder(folder.path)).release();
});

test('a folder that cannot be made is a write failure', async () => {
  writeFileSync(join(folder.path, 'file'), '');
  await expect(lockFolder(join(folder.path, 'file', 'data'))).rejects.toMatchObject({ code: 'SM_STORE_WRITE_FAILED' });
});
