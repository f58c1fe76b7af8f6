import { statSync } from 'node:fs';

import type { DirectiveSetup } from '../../chain/setup.ts';
import { expectArguments } from '../../corefile/arguments/expect-arguments.ts';
import { expectNoBlock } from '../../corefile/arguments/expect-no-block.ts';
import { resolvePath } from '../../corefile/arguments/resolve-path.ts';

/** The directive `root FOLDER`: where relative paths of the server block start. */
export const rootSetup: DirectiveSetup = {
  name: 'root',
  once: 'the last counts',
  setup([use], context) {
    expectArguments(use, 1, 1, 'root FOLDER');
    expectNoBlock(use);
    const [path] = use.args;
    const folder = path === undefined ? context.folder : resolvePath(path, context);
    if (!(statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false)) context.warn(`there is no folder ${folder} yet`, use.at);
    return { folder };
  },
};
