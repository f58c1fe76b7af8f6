import { SeamarkError } from '@seamark/common/errors';

import { readText, textProblem } from '../corefile/read-text.ts';

/** Reads a Corefile. Throws SM_CONFIG_UNREADABLE when it is not there, may not be read, or is no text. */
export function readCorefile(file: string): string {
  const read = readText(file);
  if (read.ok) return read.text;
  const fix = 'Give the path of a Corefile by -conf; "seamark authoritative-dns -plugins" lists what it may have.';
  throw new SeamarkError('SM_CONFIG_UNREADABLE', `the Corefile ${file} cannot be read: ${read.problem}`, {
    cause: read.cause,
    remedy: fix,
  });
}

/** The text of a Corefile that came by standard input. Throws SM_CONFIG_UNREADABLE when it is none. */
export function corefileFromOctets(octets: Uint8Array): string {
  const problem = textProblem(octets);
  if (problem !== undefined) throw new SeamarkError('SM_CONFIG_UNREADABLE', `the Corefile of standard input cannot be read: ${problem}`);
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('utf8');
}
