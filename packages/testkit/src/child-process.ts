import { type ChildProcess, spawn } from 'node:child_process';
import { findProgram } from './requirement.ts';

/** A program started by a test: its output so far, and ways to end it. It dies with the test process in any case. */
export interface TestProcess extends AsyncDisposable {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Standard output and error so far. */
  output(): string;
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  /** Sends a signal and waits for the end; SIGKILL follows after `graceMs` (default 5 s). */
  end(signal?: NodeJS.Signals, graceMs?: number): Promise<number | string>;
  /** Resolves when the output matches; rejects when the process ends first or after `timeoutMs` (default 20 s). */
  waitForOutput(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program with pipes; see {@link TestProcess}. */
export function startProcess(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly input?: string } = {},
): TestProcess {
  // The kernel ends the program even when this process is killed and can run nothing of its own any more.
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  const [program, programArgs] = setpriv === undefined ? [command, args] : [setpriv, ['--pdeathsig', 'KILL', '--', command, ...args]];
  const child = spawn(program, programArgs, { env: { ...process.env, ...options.env }, cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  let text = '';
  const watchers = new Set<() => void>();
  const collect = (chunk: Buffer): void => {
    text += chunk.toString();
    // Long-running servers log a lot; the tail is what a failing test shows.
    if (text.length > 4_000_000) text = text.slice(-2_000_000);
    for (const watcher of watchers) watcher();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  let ended = false;
  const exited = new Promise<number | string>((resolve, reject) => {
    child.once('error', (error) => {
      running.delete(child);
      ended = true;
      reject(error);
    });
    child.once('close', (code, signal) => {
      running.delete(child);
      ended = true;
      for (const watcher of watchers) watcher();
      resolve(code ?? signal ?? -1);
    });
  });
  exited.catch(() => undefined);

  const end: TestProcess['end'] = async (signal = 'SIGTERM', graceMs = 5_000) => {
    if (ended) return exited;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    try {
      return await exited;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    pid: child.pid ?? -1,
    child,
    output: () => text,
    exited,
    end,
    waitForOutput: (pattern, timeoutMs = 20_000) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const match = text.match(pattern);
          if (match !== null) finish(() => resolve(match));
          else if (ended) finish(() => reject(new Error(`${command} ended before printing ${pattern}:\n${text.slice(-4_000)}`)));
        };
        const timer = setTimeout(
          () => finish(() => reject(new Error(`${command} did not print ${pattern} in ${timeoutMs} ms:\n${text.slice(-4_000)}`))),
          timeoutMs,
        );
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          watchers.delete(check);
          settle();
        };
        watchers.add(check);
        check();
      }),
    [Symbol.asyncDispose]: async () => {
      await end('SIGTERM').catch(() => undefined);
    },
  };
}
