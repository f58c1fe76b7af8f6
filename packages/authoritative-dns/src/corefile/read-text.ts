import { readFileSync, statSync } from 'node:fs';

import { messageOf } from '@seamark/common/errors';

/** Octets from which on a file is surely no Corefile. */
const maxOctets = 16 * 1024 * 1024;

/** Reads a Corefile, or a file that one imports; in one sentence why not, when it is no text that one could be. */
export function readText(
  path: string,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string; readonly cause?: unknown } {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return { ok: false, problem: 'there is no such file' };
    if (status.isDirectory()) return { ok: false, problem: 'it is a folder, not a file' };
    if (status.size > maxOctets) return { ok: false, problem: `it has ${status.size} octets, and a Corefile has at most ${maxOctets}` };
    const octets = readFileSync(path);
    const problem = textProblem(octets);
    return problem === undefined ? { ok: true, text: octets.toString('utf8') } : { ok: false, problem };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    return { ok: false, problem: code === 'EACCES' ? 'this user may not read it' : messageOf(cause), cause };
  }
}

/** Why octets are not the text of a Corefile, or `undefined`. */
export function textProblem(octets: Uint8Array): string | undefined {
  if (octets.length > maxOctets) return `it has more than ${maxOctets} octets`;
  const zero = octets.indexOf(0);
  return zero < 0 ? undefined : `it is no text: octet ${zero} is zero`;
}
