import { execFileSync } from 'node:child_process';

/** Runs a program to its end and returns its standard output; the error says what it wrote to standard error. */
export function runProgram(command: string, args: readonly string[], options: { readonly cwd?: string } = {}): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024, ...options });
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    if (code === 'ENOENT') throw new Error(`${command} is needed to build images and is not on PATH`, { cause: error });
    throw new Error(`${command} ${args.join(' ')}: ${stderr?.trim() || (error as Error).message}`, { cause: error });
  }
}
