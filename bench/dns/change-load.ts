import { resolve } from 'node:path';
import { pause } from '../lab/pause.ts';
import { startProgram } from '../lab/running-process.ts';
import { claimShare, giveWay } from './cores.ts';
import type { EtcdContent } from './etcd-content.ts';

/** Changes that go on. */
export interface ChangeLoad extends AsyncDisposable {
  /** Changes a second that etcd has taken since {@link startChangeLoad} resolved. */
  changesPerSecond(): number;
}

/** Options of {@link startChangeLoad}. */
export interface ChangeLoadOptions {
  readonly etcd: EtcdContent;
  /** Hosts that change, in turn. */
  readonly names: number;
  readonly changesPerSecond: number;
  /** Path of the keys. One that no server watches makes etcd and the asking side just as busy. Default `/skydns`. */
  readonly path?: string;
  /** Whether etcd and who writes leave their core to the asking side whenever it wants it. Default false. */
  readonly yielding?: boolean;
}

const writer = resolve(import.meta.dirname, 'change-load-process.ts');

/**
 * Gives hosts another address, in a hundred transactions a second: with one for each change, etcd would take the asking side's core for
 * itself. Resolves when changes arrive.
 */
export async function startChangeLoad(options: ChangeLoadOptions): Promise<ChangeLoad> {
  const { etcd, names, changesPerSecond, path = '/skydns', yielding = false } = options;
  const args = [etcd.endpoint, path, String(names), String(changesPerSecond)];
  const started = startProgram(process.execPath, ['--conditions=@seamark/source', writer, ...args]);
  const counted = (): number => {
    started.mustRun();
    return Number(/(\d+)\n$/.exec(started.outputTail())?.[1] ?? 0);
  };
  while (counted() === 0) await pause(20);
  if (yielding) for (const pid of [started.pid, etcd.pid]) giveWay(pid);
  const [before, since] = [counted(), performance.now()];
  return {
    changesPerSecond: () => Math.round((counted() - before) / ((performance.now() - since) / 1_000)),
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      if (yielding) claimShare(etcd.pid);
    },
  };
}
