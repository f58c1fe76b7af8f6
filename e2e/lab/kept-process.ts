import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { LabError } from './lab-error.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';

/** Options of {@link keepRunning}. */
export interface KeptProcessOptions {
  /** File that the output is appended to. Absent: the output is dropped. */
  readonly logFile?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** `pipe` gives the caller standard input and output; `ipc` a channel besides. */
  readonly talk?: 'pipe' | 'ipc';
}

/** A program that runs until the lab ends it. */
export interface KeptProcess {
  readonly identity: ProcessIdentity;
  readonly child: ChildProcess;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  /** Sends a signal and waits for the end; SIGKILL follows after `graceMs`. */
  end(signal: NodeJS.Signals, graceMs?: number): Promise<void>;
}

/** Command line prefix for what must not outlive the process that started it, however that ended. */
export const diesWithParent: readonly [string, ...string[]] = ['setpriv', '--pdeathsig', 'KILL', '--'];

/** Starts a program that the kernel kills when this process ends. */
export function keepRunning(commandLine: readonly string[], options: KeptProcessOptions = {}): KeptProcess {
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a');
  const output = log ?? 'ignore';
  const stdio: StdioOptions =
    options.talk === 'pipe'
      ? ['pipe', 'pipe', output]
      : options.talk === 'ipc'
        ? ['ignore', output, output, 'ipc']
        : ['ignore', output, output];
  const [program, ...args] = [...diesWithParent, ...commandLine] as [string, ...string[]];
  const child = spawn(program, args, { stdio, cwd: options.cwd, env: { ...process.env, ...options.env } });
  if (log !== undefined) closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new LabError(`${commandLine.join(' ')} could not be started`);
  const end: KeptProcess['end'] = async (signal, graceMs = 5_000) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  };
  return { identity, child, ended, end };
}
