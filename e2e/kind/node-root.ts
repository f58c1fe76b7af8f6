import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../lab/run-program.ts';
import { kindCacheFolder } from './engine-slot.ts';

/** systemd 252 of this release still starts on cgroup v1; 257 refuses. */
const release = 'bookworm';

/** What kind's own base image installs, and the container runtime and CNI plugins, which kind builds from source instead. */
const packages = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'bash',
  'ca-certificates',
  'curl',
  'hostname',
  'jq',
  'procps',
  'socat',
  'conntrack',
  'ethtool',
  'iproute2',
  'iptables',
  'kmod',
  'mount',
  'nftables',
  'util-linux',
  'containerd',
  'containernetworking-plugins',
  'runc',
];

const leftOut = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/locale/*', '/usr/share/info/*'];

/** A Debian root for nodes as a tar file, made once by mmdebstrap (about a minute) and kept in the cache. */
export async function nodeRoot(): Promise<string> {
  const hash = createHash('sha256')
    .update(JSON.stringify([release, packages, leftOut]))
    .digest('hex')
    .slice(0, 12);
  const file = join(kindCacheFolder(), `root-${hash}.tar`);
  if (existsSync(file)) return file;
  mkdirSync(kindCacheFolder(), { recursive: true });
  const partial = `${file}.${process.pid}`;
  try {
    await mustRun(
      [
        'mmdebstrap',
        '--quiet',
        '--mode=root',
        '--variant=essential',
        '--format=tar',
        `--include=${packages.join(',')}`,
        '--aptopt=Apt::Install-Recommends "false"',
        ...leftOut.map((path) => `--dpkgopt=path-exclude=${path}`),
        release,
        partial,
      ],
      { timeoutMs: 600_000 },
    );
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
  removeOthers('root-', file);
  return file;
}

/** Removes files of the cache that begin like this and are not `kept`: of older versions, or of a killed run. */
export function removeOthers(prefix: string, kept: string): void {
  for (const entry of readdirSync(kindCacheFolder())) {
    const path = join(kindCacheFolder(), entry);
    if (entry.startsWith(prefix) && path !== kept) rmSync(path, { recursive: true, force: true });
  }
}
