import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { programRequirement, temporaryFolder, unmet } from '@seamark/testkit';
import { describe, expect, it } from 'vitest';
import { writeLayer } from './layer.ts';
import { RootTree } from './root-tree.ts';
import { readRange, readTar } from './tar-reader.ts';
import { writeTree } from './write-tree.ts';

const longName = `usr/share/doc/${'a-long-name/'.repeat(12)}LICENSE`;

function exampleTree(): RootTree {
  return new RootTree()
    .file(longName, 'a licence\n')
    .program('usr/bin/tool', Buffer.alloc(1500, 7), { bindsLowPorts: true })
    .symlink('bin', 'usr/bin')
    .directory('tmp', 0o1777)
    .file('etc/empty', '');
}

describe('a layer', () => {
  it('has the same bytes whatever the umask, the working folder and the order of adding', () => {
    using folder = temporaryFolder('layer');
    const first = writeLayer(exampleTree(), join(folder.path, 'first'), 0);
    const [umask, workingFolder] = [process.umask(0o077), process.cwd()];
    try {
      process.chdir(folder.path);
      const reversed = new RootTree()
        .file('etc/empty', '')
        .directory('tmp', 0o1777)
        .symlink('bin', 'usr/bin')
        .program('usr/bin/tool', Buffer.alloc(1500, 7), { bindsLowPorts: true })
        .file(longName, 'a licence\n');
      expect(writeLayer(reversed, 'second', 0)).toEqual(first);
    } finally {
      process.umask(umask);
      process.chdir(workingFolder);
    }
    expect(readFileSync(join(folder.path, 'second'))).toEqual(readFileSync(join(folder.path, 'first')));
    expect(first.size).toBe(statSync(join(folder.path, 'first')).size);
  });

  it('takes over neither times nor modes of the files of this machine', () => {
    using folder = temporaryFolder('layer');
    const file = join(folder.path, 'content');
    writeTree(new RootTree().file('content', 'x'), folder.path, 1_000_000_000);
    const before = writeLayer(new RootTree().file('a', { file }), join(folder.path, 'first'), 0);
    chmodSync(file, 0o600);
    expect(writeLayer(new RootTree().file('a', { file }), join(folder.path, 'second'), 0)).toEqual(before);
  });

  it('is read back entry by entry, parents first, owned by root', () => {
    using folder = temporaryFolder('layer');
    const file = join(folder.path, 'layer.tar');
    writeLayer(exampleTree(), file, 42);
    const members = readTar(file);
    expect(members.map(({ path }) => path)).toEqual(members.map(({ path }) => path).sort());
    expect(members.every(({ uid, gid, mtime }) => uid === 0 && gid === 0 && mtime === 42)).toBe(true);
    const byPath = new Map(members.map((member) => [member.path, member]));
    expect(byPath.get('tmp')).toMatchObject({ kind: 'directory', mode: 0o1777 });
    expect(byPath.get('bin')).toMatchObject({ kind: 'symlink', target: 'usr/bin' });
    expect(byPath.get('usr/bin/tool')).toMatchObject({ kind: 'file', mode: 0o755, size: 1500 });
    const licence = byPath.get(longName);
    expect(readRange({ file, offset: licence?.offset ?? 0, size: licence?.size ?? 0 }).toString()).toBe('a licence\n');
  });

  it('refuses paths that leave the image and paths that are given twice', () => {
    expect(() => new RootTree().file('../etc/passwd', '')).toThrow('../etc/passwd is no path of an image');
    expect(() => new RootTree().file('/etc/passwd', '')).toThrow('is no path of an image');
    expect(() => new RootTree().file('a', '').file('a', '')).toThrow('a is added twice');
    expect(() => new RootTree().symlink('lib', 'usr/lib').file('lib/x', '')).toThrow('lib/x lies below lib, which is no folder');
  });
});

describe.skipIf(unmet('a layer read by GNU tar', programRequirement('tar', 'tar')))('a layer read by GNU tar', () => {
  it('lists every path', () => {
    using folder = temporaryFolder('layer');
    const file = join(folder.path, 'layer.tar');
    writeLayer(exampleTree(), file, 0);
    const { stdout, stderr, status } = spawnSync('tar', ['--numeric-owner', '-tvf', file], { encoding: 'utf8' });
    expect([status, stderr.replace(/.*SCHILY.*\n/g, '')]).toEqual([0, '']);
    expect(stdout).toContain('drwxrwxrwt 0/0 ');
    expect(stdout).toContain(longName);
    expect(stdout).toContain('bin -> usr/bin');
  });
});
