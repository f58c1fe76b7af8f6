import { silentLogger } from '@seamark/common/observability';

import type { Handler, Next } from '../../chain/handler.ts';
import { emptyResponse } from '../../chain/response.ts';
import type { BlockPart, DirectiveSetup, SetupContext } from '../../chain/setup.ts';
import { Mistakes } from '../../corefile/mistakes.ts';
import { parseCorefile } from '../../corefile/parser.ts';
import { setUpUses } from '../../server/configure-block.ts';

/** A directive that a test set up. */
export interface SetUpDirective {
  readonly part: BlockPart;
  readonly handler: Handler;
  /** What the setup warned of. */
  readonly warnings: readonly string[];
}

/** Ends a chain: REFUSED. */
export const refuse: Next = () => emptyResponse('end', 5);

/** Sets up the lines of one directive in a block of `zone`, as a Corefile with them would. */
export function setUp(
  setup: DirectiveSetup,
  lines: string,
  options: { readonly zone?: string; readonly context?: Partial<SetupContext> } = {},
): SetUpDirective {
  const { zone = '.', context = {} } = options;
  const warnings: string[] = [];
  const { blocks } = parseCorefile(`${zone}:1053 {\n${lines}\n}\n`, { file: 'Corefile', environment: () => undefined });
  const uses = blocks.flatMap((block) => block.directives).filter((directive) => directive.name === setup.name);
  const mistakes = new Mistakes();
  const part = setUpUses(setup, uses, {
    zones: [zone === '.' ? '.' : `${zone}.`],
    folder: '/nowhere',
    scheme: 'dns',
    server: 'dns://:1053',
    logger: silentLogger,
    askServer: refuse,
    shared: (_key, create) => create(),
    collect: mistakes.collect,
    warn: (message, at) => warnings.push(`${at.file}:${at.line}: ${message}`),
    ...context,
  });
  const [mistake] = mistakes.sorted([]);
  if (mistake !== undefined) throw mistake;
  if (part.handler === undefined) throw new Error(`${setup.name} has no handler`);
  return { part, handler: part.handler, warnings };
}

/** What setting up says: `undefined` when it accepts the lines. */
export function problemOf(setup: DirectiveSetup, lines: string): string | undefined {
  try {
    setUp(setup, lines);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
