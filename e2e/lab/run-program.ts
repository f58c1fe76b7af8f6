import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ProgramResult } from '../cluster/test-cluster.ts';
import { LabError } from './lab-error.ts';

/** Options of {@link runProgram}. */
export interface RunOptions {
  readonly input?: string;
  /** File for standard input, instead of `input`. */
  readonly inputFile?: string;
  /** SIGKILL after this time; the exit code is then 124, as of timeout(1). */
  readonly timeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end; rejects only when it cannot be started. */
export function runProgram([command, ...args]: readonly [string, ...string[]], options: RunOptions = {}): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
    let stdout = '';
    let stderr = '';
    let late = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            child.kill('SIGKILL');
          }, options.timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (late) stderr += `${command} was ended: it took over ${options.timeoutMs} ms\n`;
      resolve({ code: late ? 124 : (code ?? (signal === null ? 1 : 128)), stdout, stderr });
    });
    child.stdin.on('error', () => undefined);
    if (options.inputFile === undefined) child.stdin.end(options.input ?? '');
    else pipeline(createReadStream(options.inputFile), child.stdin).catch(() => child.stdin.destroy());
  });
}

/** Like {@link runProgram}, but any exit code but 0 rejects with what the program said. Resolves with its standard output. */
export async function mustRun(commandLine: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const result = await runProgram(commandLine, options);
  if (result.code !== 0) {
    const said = (result.stderr.trim() || result.stdout.trim()).slice(-2_000);
    throw new LabError(`${commandLine.join(' ')} failed with ${result.code}: ${said}`);
  }
  return result.stdout;
}
