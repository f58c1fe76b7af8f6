import { spawnSync } from 'node:child_process';

/** The core of the server under measurement, and that of whoever asks. */
export const serverCore = 0;
export const clientCore = 1;

/** Put before a command: it and all that it starts run on the server's core. */
export const onServerCore: readonly [string, ...string[]] = ['taskset', '--cpu-list', String(serverCore)];

/** Put before a command: it and all that it starts run on the core of whoever asks. */
export const onClientCore: readonly [string, ...string[]] = ['taskset', '--cpu-list', String(clientCore)];

/** Keeps all threads that a process has now, and those that they start later, on some cores (as `taskset` writes them). */
function pinProcess(pid: number, cores: string): void {
  run('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)]);
}

/** Until disposed, this process and whatever it starts leave the server's core alone. */
export function leaveServerCore(): Disposable {
  const before = /: (\S+)\s*$/.exec(run('taskset', ['--cpu-list', '--pid', String(process.pid)]))?.[1] ?? '';
  if (!coversBoth(before)) throw new Error(`figures of DNS need cores ${serverCore} and ${clientCore}; this process may run on ${before}`);
  pinProcess(process.pid, String(clientCore));
  return { [Symbol.dispose]: () => pinProcess(process.pid, before) };
}

/** Lets a process run only when nobody else wants its core: what answers or asks is then never kept waiting by it. */
export function giveWay(pid: number): void {
  run('chrt', ['--all-tasks', '--idle', '--pid', '0', String(pid)]);
}

/** Takes {@link giveWay} back. */
export function claimShare(pid: number): void {
  run('chrt', ['--all-tasks', '--other', '--pid', '0', String(pid)]);
}

function coversBoth(list: string): boolean {
  const within = (core: number): boolean =>
    list.split(',').some((range) => {
      const [from = -1, to = from] = range.split('-').map(Number);
      return from <= core && core <= to;
    });
  return within(serverCore) && within(clientCore);
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}
