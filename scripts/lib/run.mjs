import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './root.mjs';

/** PATH with the workspace's programs (and so Node 24) first. */
export const toolPath = [join(root, 'node_modules/.bin'), process.env.PATH ?? ''].join(delimiter);

/** Our parent and its parent (npm's shell and npm); on systems without /proc only the parent. */
function parents() {
  try {
    return [
      process.ppid,
      Number(
        readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
          .replace(/^.*\) \S+ /s, '')
          .split(' ')[0],
      ),
    ];
  } catch {
    return [process.ppid];
  }
}

/** A line of progress on standard error: standard output belongs to the program that is started. */
export function progress(text) {
  process.stderr.write(`seamark: ${text}\n`);
}

/** Runs a program with the terminal; resolves with its exit code. Ctrl-C reaches it through the terminal, other signals are passed on. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      stdio: options.stdio ?? 'inherit',
      env: { ...process.env, PATH: toolPath, ...options.env },
    });
    const pass = (signal) => child.kill(signal);
    const onTerm = () => pass('SIGTERM');
    // The terminal sends SIGINT to the whole group; only wait for the child's own graceful stop.
    const onInt = () => undefined;
    process.on('SIGTERM', onTerm);
    process.on('SIGINT', onInt);
    // npm does not pass SIGTERM on through its shell: when the process that started us is gone, what we started must not stay.
    const ancestors = parents();
    const watch = setInterval(() => {
      if (parents().join() !== ancestors.join()) pass('SIGTERM');
    }, 1_000);
    watch.unref();
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearInterval(watch);
      process.removeListener('SIGTERM', onTerm);
      process.removeListener('SIGINT', onInt);
      resolve(code ?? (signal === 'SIGTERM' ? 143 : signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** Like {@link run}, but a failure is an error that names the step. */
export async function must(step, command, args, options) {
  const code = await run(command, args, options);
  if (code !== 0) throw new Error(`${step} failed (${command} ${args.join(' ')}: exit code ${code})`);
}

/** Runs main, prints an error as one line, sets the exit code. */
export function main(body) {
  body().then(
    (code) => {
      process.exitCode = code ?? 0;
    },
    (error) => {
      process.stderr.write(`seamark: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}
