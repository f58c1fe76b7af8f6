import { readFileSync } from 'node:fs';

import { messageOf } from '@seamark/common/errors';

import type { SetupContext, Token } from '../../chain/setup.ts';
import { corefileError } from '../corefile-error.ts';
import { resolvePath } from './resolve-path.ts';

/** The text of a file that `what` needs. Throws SM_COREFILE_INVALID when it cannot be read. */
export function readFileOf(token: Token, context: Pick<SetupContext, 'folder'>, what: string): string {
  if (token.text === '') throw corefileError(token.at, `${what} needs the name of a file, and this one is empty`);
  const path = resolvePath(token, context);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw corefileError(
      token.at,
      `${what} needs the file ${path}, which cannot be read: ${fileProblem(error)}`,
      'Check the path, which starts at root, or at the folder of the Corefile.',
    );
  }
}

/** Why a file could not be read, in words. */
export function fileProblem(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  return code === 'EACCES' ? 'this user may not read it' : messageOf(error);
}
