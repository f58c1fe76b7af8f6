import { isAbsolute, join } from 'node:path';

import type { SetupContext, Token } from '../../chain/setup.ts';

/** A path that a directive names, from the block's folder when it is relative. */
export function resolvePath(token: Token, context: Pick<SetupContext, 'folder'>): string {
  return isAbsolute(token.text) ? token.text : join(context.folder, token.text);
}
