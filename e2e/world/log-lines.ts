import { eventually, type TestProcess } from '@seamark/testkit';
import { expect } from 'vitest';

/** One line of the product's log, as far as tests read it. */
export interface LogLine {
  /** Wall clock of the process, RFC 3339. */
  readonly time: string;
  readonly level: string;
  readonly msg: string;
}

/** The log of a process that was started with `--log-format json`. */
export function logLines(process: TestProcess): LogLine[] {
  // A process that was killed may leave half a line.
  const lines = process
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{"level"') && line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as LogLine);
}

/** Waits until the log holds a line whose message matches, and returns it (the last such one). */
export function expectLogged(process: TestProcess, pattern: RegExp): Promise<LogLine> {
  return eventually(
    () => {
      const found = logLines(process).findLast(({ msg }) => pattern.test(msg));
      expect(found, `nothing matches ${pattern} in:\n${process.output().slice(-4_000)}`).toBeDefined();
      return found as LogLine;
    },
    { timeoutMs: 30_000, everyMs: 50 },
  );
}
