import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  eventually,
  freePort,
  programRequirement,
  rootRequirement,
  startEtcd,
  startProcess,
  temporaryFolder,
  unmet,
} from '@seamark/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage, type BuiltImage, imageCacheFolder } from '../build-image.ts';
import { hostArchitecture } from '../host-architecture.ts';
import { type ImageContents, readImageArchive } from '../oci/image-contents.ts';
import { readRange, readTar, type TarMember } from '../oci/tar-reader.ts';
import { pinnedDebianPackages } from '../sources/debian-packages.ts';
import { pinnedNodePackage } from '../sources/node-package.ts';
import { bundleSeamark } from './bundle.ts';

const withoutApt = unmet('the product image', programRequirement('apt-get', 'apt'), programRequirement('dpkg-deb', 'dpkg'));

describe.skipIf(withoutApt)('the product image', () => {
  let image: BuiltImage;
  let contents: ImageContents;
  let members: readonly TarMember[];
  const fileText = (path: string): string => {
    for (const layer of contents.layers) {
      const member = readTar(layer).find((each) => each.path === path);
      if (member !== undefined) return readRange({ file: layer.file, offset: member.offset, size: member.size }).toString('utf8');
    }
    throw new Error(`no ${path} in the image`);
  };

  beforeAll(async () => {
    image = await buildImage('seamark');
    contents = readImageArchive(image.archive);
    members = contents.layers.flatMap((layer) => readTar(layer));
  });

  it('has the same digest when it is built again in another folder', async () => {
    using folder = temporaryFolder('image');
    const again = await buildImage('seamark', { cacheFolder: folder.path, downloadFolder: join(imageCacheFolder(), 'downloads') });
    expect(again.digest).toBe(image.digest);
  });

  it('has at most 150 MB of files', () => {
    expect(members.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(150_000_000);
  });

  it('runs as a user without rights', () => {
    expect(contents.config['User']).toBe('65532:65532');
    expect(members.filter(({ uid, gid, mode }) => uid !== 0 || gid !== 0 || (mode & 0o6000) !== 0)).toEqual([]);
    const writable = members.filter(({ kind, mode }) => kind !== 'symlink' && (mode & 0o022) !== 0);
    expect(writable.map(({ path }) => path)).toEqual(['var/lib/seamark']);
  });

  it('has one program and its loader, and no shell', () => {
    const programs = members.filter(({ kind, mode }) => kind === 'file' && (mode & 0o111) !== 0).map(({ path }) => path);
    expect(programs).toEqual(['usr/bin/node', expect.stringMatching(/^usr\/lib\/[\w-]+-linux-gnu\/ld-linux-[\w-]+\.so\.\d$/)]);
  });

  it('has no path of the machine that built it', () => {
    for (const { path } of members.filter((member) => member.path.startsWith('app/dist/'))) {
      expect(fileText(path)).not.toContain(join(import.meta.dirname, '../..'));
    }
  });

  it('brings the definitions of its resources and the examples', () => {
    const paths = members.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['app/crds/metallb.io_ipaddresspools.yaml', 'app/crds/externaldns.k8s.io_dnsendpoints.yaml', 'app/examples']),
    );
  });

  it('names in its bill of materials Node, every Debian package and every npm package of the bundle', async () => {
    const text = fileText('usr/share/sbom/seamark.spdx.json');
    expect(readFileSync(image.sidecars[0] ?? '', 'utf8')).toBe(text);
    const document = JSON.parse(text) as {
      packages: { SPDXID: string; name: string; versionInfo: string; licenseDeclared: string }[];
      relationships: unknown[];
    };
    const listed = document.packages.map(({ name, versionInfo }) => `${name} ${versionInfo}`);
    const { packages } = await bundleSeamark();
    expect(packages.length).toBeGreaterThan(20);
    const expected = [
      `node ${pinnedNodePackage(hostArchitecture()).version}`,
      ...pinnedDebianPackages(hostArchitecture()).packages.map(({ name, version }) => `${name} ${version}`),
      ...packages.map(({ name, version }) => `${name} ${version}`),
    ];
    expect(listed.slice(1)).toEqual(expected);
    expect(new Set(document.packages.map(({ SPDXID }) => SPDXID)).size).toBe(document.packages.length);
    expect(document.relationships.length).toBe(document.packages.length);
    expect(document.packages.filter(({ licenseDeclared }) => licenseDeclared === '')).toEqual([]);
  });

  it('has the licence of Node, of each library and of each npm package that comes with one', () => {
    const documents = members.map(({ path }) => path).filter((path) => path.startsWith('usr/share/doc/'));
    for (const path of ['node/LICENSE', 'libc6/copyright', 'gcc-14-base/copyright', 'seamark/LICENSE', 'etcd3-1.1.2/LICENSE']) {
      expect(documents).toContain(`usr/share/doc/${path}`);
    }
  });

  it('is described by the Dockerfile in the same way', () => {
    const dockerfile = readFileSync(join(import.meta.dirname, '../Dockerfile'), 'utf8').replaceAll(/\\\n\s*/g, '');
    const line = (instruction: string): string => new RegExp(`^${instruction} (.*)$`, 'm').exec(dockerfile)?.[1] ?? '';
    expect(line('ENV').split(' ')).toEqual(contents.config['Env']);
    expect(JSON.parse(line('ENTRYPOINT'))).toEqual(contents.config['Entrypoint']);
    expect(JSON.parse(line('CMD'))).toEqual(contents.config['Cmd']);
    expect([line('USER'), line('WORKDIR')]).toEqual([contents.config['User'], contents.config['WorkingDir']]);
    const labels = Object.fromEntries([...line('LABEL').matchAll(/([\w.]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
    const ours = contents.config['Labels'] as Record<string, string>;
    expect(labels).toEqual({
      ...ours,
      'org.opencontainers.image.version': '${VERSION}',
      'org.opencontainers.image.revision': '${REVISION}',
    });
  });
});

const cannotRun = unmet('the product image, unpacked', rootRequirement(), programRequirement('unshare', 'util-linux'));

describe.skipIf(withoutApt || cannotRun)('the product image, unpacked', () => {
  const folder = temporaryFolder('root');
  const inside = (...args: string[]): string[] => ['--mount', '--root', folder.path, '--wd', '/app', ...args];
  const asUser = ['--setgid', '65532', '--setuid', '65532'];
  let command: string[];
  let env: Record<string, string>;
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('unshare', inside(...asUser, ...command, ...args), { encoding: 'utf8', env });
    return { status, text: stdout + stderr };
  };

  beforeAll(async () => {
    const { config, layers } = readImageArchive((await buildImage('seamark')).archive);
    // As runtimes have it; the temporary folder is its owner's alone.
    chmodSync(folder.path, 0o755);
    for (const layer of layers) {
      const file = join(folder.path, 'layer.tar');
      writeFileSync(file, readRange(layer));
      execFileSync('tar', ['-xpf', file, '-C', folder.path]);
      rmSync(file);
    }
    // What every runtime brings.
    for (const path of ['proc', 'dev']) mkdirSync(join(folder.path, path));
    command = config['Entrypoint'] as string[];
    env = Object.fromEntries((config['Env'] as string[]).map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
    env['PATH'] = `${env['PATH']}:${process.env['PATH']}`;
  });
  afterAll(() => folder[Symbol.dispose]());

  it('says its version and the commit', () => {
    expect(run('--version')).toEqual({
      status: 0,
      text: expect.stringMatching(/^\d+\.\d+\.\d+\S* \(([0-9a-f]{40}(-dirty)?|unknown)\)\n$/),
    });
  });

  it('prints its help', () => {
    expect(run('--help')).toEqual({ status: 0, text: expect.stringContaining('Usage: seamark [options] [command]') });
  });

  it('plans the examples that it brings', () => {
    expect(run('plan', '-f', 'examples/c-cookbook')).toEqual({ status: 0, text: expect.stringContaining('192.0.2.') });
  });

  it('answers from etcd, with the protocol definitions that it brings', async () => {
    await using etcd = await startEtcd();
    const port = await freePort();
    const dns = ['--dns-zone', 'example.org', '--dns-listen', `127.0.0.1:${port}`, '--metrics-address', 'none'];
    // As root: a process that changes its user would not end with this one if that were killed.
    await using server = startProcess('unshare', inside(...command, 'authoritative-dns', '--etcd', etcd.endpoint, ...dns), { env });
    await eventually(() => expect(server.output()).toContain('answering on 127.0.0.1'));
  });
});
