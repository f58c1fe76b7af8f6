import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What dig or kdig printed, in parts. */
export interface DigResult {
  /** `NOERROR`; `undefined` when nothing was answered. */
  readonly status: string | undefined;
  /** `qr aa rd`. */
  readonly flags: string;
  /** Records by section (`QUESTION`, `ANSWER`, …), blanks normalised; without OPT. */
  readonly sections: Readonly<Record<string, readonly string[]>>;
  readonly text: string;
}

const run = promisify(execFile);

/** Runs dig or kdig against a port of 127.0.0.1. */
export async function dig(port: number, args: readonly string[], program: 'dig' | 'kdig' = 'dig'): Promise<DigResult> {
  const once = program === 'dig' ? ['+tries=1', '+time=3'] : ['+retry=0', '+timeout=3'];
  const text = await run(program, ['@127.0.0.1', '-p', String(port), ...once, ...args]).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? '',
  );
  const sections: Record<string, string[]> = {};
  let section: string[] = [];
  for (const line of text.split('\n')) {
    const title = /^;; (\w+)(?: PSEUDO)? ?SECTION:/.exec(line)?.[1];
    if (title !== undefined) sections[title] = section = [];
    else if (line !== '' && !line.startsWith(';;') && (!line.startsWith('; ') || section === sections['QUESTION']))
      section.push(line.replaceAll(/\s+/g, ' ').trim());
  }
  return { status: /status: (\w+)/.exec(text)?.[1], flags: /[Ff]lags: ([^;]*);/.exec(text)?.[1]?.trim() ?? '', sections, text };
}
