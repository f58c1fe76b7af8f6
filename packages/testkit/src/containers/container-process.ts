import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import { ensureFixtureEngine } from './fixture-engine.ts';
import type { FixtureOptions, FixtureProcess } from './fixture-process.ts';
import { programImage } from './program-image.ts';

/**
 * Runs a program in a container with the network of this machine, so that it listens where a process would. What it writes belongs
 * to the user of this process.
 */
export async function startContainerProcess(program: string, args: readonly string[], options: FixtureOptions): Promise<FixtureProcess> {
  await ensureFixtureEngine();
  const image = programImage(program);
  let text = '';
  const container = await new GenericContainer(image.image)
    .withNetworkMode('host')
    .withEntrypoint([image.program])
    .withCommand([...args])
    .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
    .withBindMounts(options.folders.map((folder) => ({ source: folder, target: folder, mode: 'rw' })))
    .withLogConsumer((stream) => {
      stream.on('data', (chunk: Buffer | string) => {
        text += chunk.toString();
        if (text.length > 4_000_000) text = text.slice(-2_000_000);
      });
    })
    .start();
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const handle = dockerode.getContainer(container.getId());
  let ended = false;
  const exited = (handle.wait() as Promise<{ StatusCode: number }>).then(({ StatusCode }) => {
    ended = true;
    return StatusCode > 128 ? (signalName(StatusCode - 128) ?? StatusCode) : StatusCode;
  });
  exited.catch(() => undefined);
  const signal = (name: NodeJS.Signals): Promise<unknown> => handle.kill({ signal: name }).catch(() => undefined);
  const end: FixtureProcess['end'] = async (name = 'SIGTERM', graceMs = 5_000) => {
    let timer: NodeJS.Timeout | undefined;
    try {
      if (!ended) {
        await signal(name);
        timer = setTimeout(() => void signal('SIGKILL'), graceMs);
      }
      return await exited;
    } finally {
      clearTimeout(timer);
      await handle.remove({ force: true, v: true }).catch(() => undefined);
    }
  };
  return { pid: firstProcessOf(container.getId()) ?? -1, output: () => text, exited, end };
}

/** Pid, as this process sees it, of a container's first process: the engine may be in a pid namespace of its own and tell another. */
function firstProcessOf(container: string): number | undefined {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (!readFileSync(`/proc/${entry}/cgroup`, 'utf8').includes(container)) continue;
      if (/^NSpid:.*\s1$/m.test(readFileSync(`/proc/${entry}/status`, 'utf8'))) return Number(entry);
    } catch {
      // It ended while we looked.
    }
  }
  return undefined;
}

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
