import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@seamark/testkit';

/** A program under measurement: it leads a process group of its own and writes to a file, so that reading its output costs nothing. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** `performance.now()` just before it was started. */
  readonly startedAtMs: number;
  /** Throws with the end of its output when it has ended. */
  mustRun(): void;
  /** The end of its output. */
  outputTail(): string;
}

/** Options of {@link startProgram}. */
export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL');
});

/** Starts a program. Disposing it sends SIGTERM to its group, SIGKILL after 5 s; both also happen to whatever it has started. */
export function startProgram(command: string, args: readonly string[], options: ProgramOptions = {}): RunningProcess {
  const folder = temporaryFolder('bench-output');
  const outputFile = join(folder.path, 'output');
  const output = openSync(outputFile, 'a');
  const startedAtMs = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  running.add(child);
  let ended: string | undefined;
  const exited = new Promise<void>((resolve) => {
    const end = (how: string): void => {
      ended = how;
      resolve();
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(`ended with ${code ?? signal}`));
  });
  const outputTail = (): string => readFileSync(outputFile, 'utf8').slice(-4_000);
  return {
    pid: child.pid ?? -1,
    startedAtMs,
    outputTail,
    mustRun() {
      if (ended !== undefined) throw new Error(`${command} ${args.join(' ')} ${ended}:\n${outputTail()}`);
    },
    async [Symbol.asyncDispose]() {
      signalGroup(child, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), 5_000);
      await exited;
      clearTimeout(timer);
      // The leader is gone; what it has left behind goes too.
      signalGroup(child, 'SIGKILL');
      running.delete(child);
      folder[Symbol.dispose]();
    },
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the whole group has ended.
  }
}
