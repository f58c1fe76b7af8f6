import { dirname } from 'node:path';

import { silentLogger } from '@seamark/common/observability';

import { composeChain, type Handler } from '../chain/handler.ts';
import { emptyResponse } from '../chain/response.ts';
import type { BlockPart, Directive, DirectiveSetup, ListenSettings, SetupContext, Uses } from '../chain/setup.ts';
import { corefileError, formatPosition } from '../corefile/corefile-error.ts';
import type { Mistakes } from '../corefile/mistakes.ts';
import type { ServerBlock } from '../corefile/server-block.ts';
import { readServerKey, servedSchemes, type ServerKey } from '../corefile/server-key.ts';
import { directiveRegistry } from '../handlers/registry.ts';
import { unknownDirective } from '../handlers/unknown-directive.ts';
import { responseCodes } from '../wire/protocol-codes.ts';
import type { ConfiguredBlock } from './corefile-version.ts';
import { formatListenerKey, listenersOf } from './listener-key.ts';
import type { LoadOptions } from './load-corefile.ts';

/** What setting up a block needs. */
export type BlockOptions = LoadOptions & { readonly shared: Map<string, unknown> };

/** Sets a block up as far as it is right; mistakes are added to `mistakes`. */
export function configureBlock(source: ServerBlock, options: BlockOptions, mistakes: Mistakes): ConfiguredBlock {
  const keys = source.keys.flatMap((token) =>
    mistakes.collect(token.at, () => servableKeys(readServerKey(token, options.dnsPort ?? 53)), []),
  );
  const uses = Map.groupBy(source.directives, ({ name }) => name);
  for (const [name, those] of uses) {
    if (!directiveRegistry.some((directive) => directive.name === name)) for (const use of those) mistakes.add(unknownDirective(use));
  }
  const parts = new Map<string, BlockPart>();
  const handlers: Handler[] = [];
  let listen: ListenSettings = {};
  let folder = dirname(options.file);
  for (const directive of directiveRegistry) {
    const those = uses.get(directive.name);
    if (those === undefined) continue;
    const part = setUpUses(directive, those, contextOf(keys, listen, folder, options, mistakes));
    parts.set(directive.name, part);
    if (part.handler !== undefined) handlers.push(part.handler);
    listen = { ...listen, ...part.listen };
    folder = part.folder ?? folder;
  }
  for (const part of parts.values()) part.complete?.(parts);
  const unencrypted = keys.find(({ scheme }) => scheme !== 'dns');
  if (unencrypted !== undefined && !parts.has('tls')) {
    options.warn?.(`${unencrypted.token.text} without the directive tls is not encrypted`, unencrypted.token.at);
  }
  return { source, keys, parts, handlers, listen, chain: composeChain(handlers, refuse) };
}

/** Sets up the uses of one directive in a block. Those that do not count are read for their mistakes all the same. */
export function setUpUses(directive: DirectiveSetup, uses: readonly Directive[], context: SetupContext): BlockPart {
  const { once, name } = directive;
  const setUp = (those: Uses): BlockPart => context.collect(those[0].at, () => directive.setup(those, context), {});
  if (once === undefined) return setUp(uses as Uses);
  const counting = (once === 'the last counts' ? uses.at(-1) : uses[0]) as Directive;
  // First, as it is the one that shares things with other blocks.
  const part = setUp([counting]);
  for (const use of uses) {
    if (use === counting) continue;
    setUp([use]);
    const where = formatPosition(counting.at);
    if (once === true) {
      const mistake = corefileError(use.at, `${name} stands twice in this server block, first at ${where}`, 'Delete one of them.');
      context.collect(use.at, () => raise(mistake), undefined);
    } else {
      context.warn(`${name} stands twice in this server block, and this one does nothing: that of ${where} counts`, use.at);
    }
  }
  return part;
}

function raise(mistake: Error): never {
  throw mistake;
}

function servableKeys(keys: readonly ServerKey[]): readonly ServerKey[] {
  const other = keys.find(({ scheme }) => !servedSchemes.includes(scheme));
  if (other === undefined) return keys;
  const served = servedSchemes.map((scheme) => `${scheme}://`).join(', ');
  throw corefileError(other.token.at, `${other.scheme}:// is not served; there is ${served}`);
}

function contextOf(
  keys: readonly ServerKey[],
  listen: ListenSettings,
  folder: string,
  options: BlockOptions,
  mistakes: Mistakes,
): SetupContext {
  const { logger = silentLogger, reasons, metrics, shared, warn = () => undefined, askServer, fail } = options;
  const [first] = keys;
  const [listener] = first === undefined ? [] : listenersOf(first, listen);
  const server = listener === undefined ? '' : formatListenerKey(listener);
  return {
    zones: [...new Set(keys.map(({ zone }) => zone))],
    folder,
    scheme: first?.scheme ?? 'dns',
    server,
    logger,
    ...(reasons === undefined ? {} : { reasons }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(fail === undefined ? {} : { fail }),
    askServer: askServer?.(server) ?? refuse,
    shared<T>(key: string, create: () => T): T {
      if (!shared.has(key)) shared.set(key, create());
      return shared.get(key) as T;
    },
    collect: mistakes.collect,
    warn,
  };
}

function refuse(): ReturnType<typeof emptyResponse> {
  return emptyResponse('', responseCodes.REFUSED);
}
