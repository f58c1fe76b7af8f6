import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '../temporary-folder.ts';
import { removeIdleCgroup, startDockerEngine } from './docker-engine.ts';

const cgroupPrefix = 'seamark-fixtures-';
const cgroup = `${cgroupPrefix}${process.pid}`;
let started: Promise<() => Promise<void>> | undefined;

/**
 * Makes sure that testcontainers has an engine: the one of DOCKER_HOST, or one of our own, once per process, with a data folder that
 * goes with it. Ryuk, which removes what tests leave in an engine, has nothing to do in ours: it ends with this process.
 */
export async function ensureFixtureEngine(): Promise<void> {
  if (started === undefined && (process.env['DOCKER_HOST'] ?? '') !== '') return;
  started ??= start();
  await started;
}

/** Ends the engine of our own, if there is one. Without it the engine ends with this process. */
export async function endFixtureEngine(): Promise<void> {
  const end = await started;
  started = undefined;
  await end?.();
}

/** testcontainers connects once per process, so an engine that is started again has the same socket. */
let folder: TemporaryFolder | undefined;

async function start(): Promise<() => Promise<void>> {
  removeLeftGroups();
  folder ??= temporaryFolder('engine');
  const engineFolder = join(folder.path, 'docker');
  const engine = await startDockerEngine({ folder: engineFolder, cgroup, network: 'shared' });
  const settings: Readonly<Record<string, string>> = {
    DOCKER_HOST: engine.host,
    TESTCONTAINERS_RYUK_DISABLED: 'true',
    // In a container testcontainers would look for the gateway of docker's own bridge, which this engine has not.
    TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
  };
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, settings);
  return async () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await engine.process.end('SIGKILL').catch(() => undefined);
    removeIdleCgroup(cgroup);
    rmSync(engineFolder, { recursive: true, force: true });
  };
}

/** An engine ends with its process, but only a living one can remove the empty control groups. */
function removeLeftGroups(): void {
  const root = '/sys/fs/cgroup';
  const names = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [name, ...readdirSync(join(root, name))])
    .filter((name) => name.startsWith(cgroupPrefix));
  for (const name of new Set(names)) if (!existsSync(`/proc/${name.slice(cgroupPrefix.length)}`)) removeIdleCgroup(name);
}
