import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess, type TestProcess } from '../child-process.ts';
import { eventually } from '../eventually.ts';
import { findProgram, networkNamespaceRequirement, programRequirement, type Requirement, rootRequirement } from '../requirement.ts';

/** Options of {@link startDockerEngine}. */
export interface DockerEngineOptions {
  /** For the engine's data, socket and settings; one engine at a time. What is in it stays. */
  readonly folder: string;
  /** The control group below which containers run, directly below each hierarchy's root. */
  readonly cgroup: string;
  /** `own`: a network namespace with a loopback interface only. `shared`: this process's, for containers of host networking. */
  readonly network: 'own' | 'shared';
}

/** A docker engine of our own, beside any that the person has. */
export interface StartedDockerEngine {
  /** Holds the namespaces: when it is killed, everything of the engine ends. */
  readonly process: TestProcess;
  /** For DOCKER_HOST. */
  readonly host: string;
}

/** Requires what {@link startDockerEngine} runs: root, namespaces, Debian's engine. */
export function dockerEngineRequirement(): Requirement {
  const needs = [rootRequirement(), programRequirement('dockerd', 'docker.io'), programRequirement('docker', 'docker.io')];
  const missing = needs.flatMap((need) => need.missing ?? []);
  if (missing.length === 0) missing.push(...[networkNamespaceRequirement().missing].filter((reason) => reason !== undefined));
  return missing.length === 0 ? { name: 'a docker engine' } : { name: 'a docker engine', missing: missing.join('; ') };
}

/**
 * The first process of the engine's namespaces. /run is its own, so that no socket of another engine or containerd is seen or touched.
 * Containers that mount /lib/modules find it, too, on a machine without that folder: in an overlay that only the engine sees.
 */
const firstProcess = `
set -e
mount -t tmpfs tmpfs /run
if ! [ -d /lib/modules ]; then
  lib=$(readlink -f /lib); mkdir /run/lib /run/lib-work
  mount -t overlay -o "lowerdir=$lib,upperdir=/run/lib,workdir=/run/lib-work" overlay "$lib"; mkdir "$lib/modules"
fi
ip link set lo up
"$@" & wait $!
`;

/**
 * An OCI runtime for machines whose root lacks CAP_SYS_RESOURCE: docker gives privileged containers every capability that the kernel
 * knows, and runc then fails to set them. It takes this one out of the specification and becomes runc.
 */
const runtimeWithoutSysResource = `#!/bin/sh
previous= file=
for argument; do
  case $previous in --bundle | -b) file=$argument/config.json ;; --process | -p) file=$argument ;; esac
  case $argument in --bundle=*) file=\${argument#*=}/config.json ;; --process=*) file=\${argument#*=} ;; esac
  previous=$argument
done
[ -f "$file" ] && sed -i 's/"CAP_SYS_RESOURCE",//g; s/,"CAP_SYS_RESOURCE"//g' "$file"
exec runc "$@"
`;

/**
 * Starts dockerd in mount and pid namespaces of its own, and a network namespace if asked. It makes no bridge and no packet filter
 * rule, and ends with this process, whatever way that ends: the kernel ends a pid namespace with its first process.
 */
export async function startDockerEngine(options: DockerEngineOptions): Promise<StartedDockerEngine> {
  const dockerd = findProgram('dockerd');
  if (dockerd === undefined) throw new Error('dockerd is not installed');
  removeIdleCgroup(options.cgroup);
  mkdirSync(options.folder, { recursive: true });
  const runtime = join(options.folder, 'runtime');
  writeFileSync(runtime, runtimeWithoutSysResource);
  chmodSync(runtime, 0o755);
  const host = `unix://${join(options.folder, 'docker.sock')}`;
  const settings = {
    'data-root': join(options.folder, 'data'),
    hosts: [host],
    bridge: 'none',
    iptables: false,
    'ip-forward': false,
    'cgroup-parent': `/${options.cgroup}`,
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    ...(hasSysResource() ? {} : { runtimes: { 'without-sys-resource': { path: runtime } }, 'default-runtime': 'without-sys-resource' }),
  };
  const settingsFile = join(options.folder, 'daemon.json');
  writeFileSync(settingsFile, JSON.stringify(settings));
  const started = startProcess('unshare', [
    ...(options.network === 'own' ? ['--net'] : []),
    '--mount',
    '--propagation=private',
    '--pid',
    '--fork',
    '--kill-child=KILL',
    '--mount-proc',
    '--',
    'sh',
    '-c',
    firstProcess,
    'engine',
    dockerd,
    `--config-file=${settingsFile}`,
  ]);
  let ended = false;
  const end = (): void => void (ended = true);
  void started.exited.then(end, end);
  try {
    await eventually(
      () => {
        if (ended) return;
        const answer = spawnSync('docker', ['version'], { env: { ...process.env, DOCKER_HOST: host }, timeout: 5_000, encoding: 'utf8' });
        if (answer.status !== 0) throw new Error(`dockerd does not answer: ${answer.stderr}`);
      },
      { timeoutMs: 30_000, everyMs: 100 },
    );
    if (ended) throw new Error('dockerd ended');
    return { process: started, host };
  } catch (error) {
    await started.end('SIGKILL').catch(() => undefined);
    throw new Error(`${(error as Error).message}\n${started.output().slice(-4_000)}`);
  }
}

/** True with CAP_SYS_RESOURCE among the capabilities that a process of ours can have. */
export function hasSysResource(): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return bounding !== undefined && (BigInt(`0x${bounding}`) & (1n << 24n)) !== 0n;
}

/** Removes a control group that an ended engine left. Those with a process in them stay: the kernel refuses. */
export function removeIdleCgroup(name: string): void {
  const root = '/sys/fs/cgroup';
  if (!existsSync(root)) return;
  for (const hierarchy of ['.', ...readdirSync(root)]) removeEmptyFolders(join(root, hierarchy, name));
}

function removeEmptyFolders(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  try {
    rmdirSync(folder);
  } catch {
    // In use.
  }
}
