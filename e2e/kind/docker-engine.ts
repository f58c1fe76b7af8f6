import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type StartedDockerEngine, startDockerEngine } from '@seamark/testkit';
import { inNetworkOf } from '../lab/network-namespace.ts';
import { identify, type ProcessIdentity } from '../lab/process-identity.ts';
import { mustRun, type RunOptions } from '../lab/run-program.ts';
import { takeEngineSlot } from './engine-slot.ts';

/** A docker engine: one of our own, or the one that the person has. */
export interface DockerEngine extends AsyncDisposable {
  /** The process that holds the namespaces of an engine of our own; absent for the person's. */
  readonly holder?: ProcessIdentity;
  /** What the programs that talk to the engine need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the docker command; rejects with its standard error. */
  docker(args: readonly string[], options?: RunOptions): Promise<string>;
  /** The command line that runs a program where the engine's bridges are. */
  commandLine(command: string, args: readonly string[]): readonly [string, ...string[]];
}

/** The engine that the docker command of this machine talks to. */
export function existingEngine(): DockerEngine {
  return {
    env: {},
    docker: (args, options) => mustRun(['docker', ...args], options),
    commandLine: (command, args) => [command, ...args],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * Starts an engine in network, mount and pid namespaces of its own. It has no way off this machine, its images stay in a folder of
 * the cache, and it ends with this process, whatever way that ends: the kernel ends a pid namespace with its first process.
 */
export async function startOwnEngine(label = 'engine'): Promise<DockerEngine> {
  await using starting = new AsyncDisposableStack();
  const slot = starting.use(await takeEngineSlot(label));
  const start = (): Promise<StartedDockerEngine> => startDockerEngine({ folder: slot.folder, cgroup: slot.cgroup, network: 'own' });
  const started = await start().catch(() => {
    // An engine that was killed at a bad moment may not read its own folder any more; the images in it can be had again.
    rmSync(join(slot.folder, 'data'), { recursive: true, force: true });
    return start();
  });
  starting.defer(async () => {
    // No container is left, and the engine's own records survive a SIGKILL; a graceful end would take seconds.
    await started.process.end('SIGKILL').catch(() => undefined);
  });
  const env = { DOCKER_HOST: started.host, DOCKER_CONFIG: slot.folder };
  const holder = identify(started.process.pid);
  if (holder === undefined) throw new Error('dockerd ended');
  const engine = {
    holder,
    env,
    docker: (args: readonly string[], options: RunOptions = {}) =>
      mustRun(['docker', ...args], { ...options, env: { ...env, ...options.env } }),
    commandLine: (command: string, args: readonly string[]): readonly [string, ...string[]] => [...inNetworkOf(holder), command, ...args],
  };
  await removeLeftovers(engine.docker);
  const owned = starting.move();
  return { ...engine, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Containers, networks and volumes of a run that was killed. */
async function removeLeftovers(docker: DockerEngine['docker']): Promise<void> {
  const containers = (await docker(['ps', '--all', '--quiet'])).split('\n').filter((id) => id !== '');
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers]);
  await docker(['network', 'prune', '--force']);
  await docker(['volume', 'prune', '--force']);
}
