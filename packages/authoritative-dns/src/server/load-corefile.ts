import { dirname } from 'node:path';

import { isSeamarkError, type SeamarkError } from '@seamark/common/errors';
import { type Logger, silentLogger } from '@seamark/common/observability';
import type { ReasonStream } from '@seamark/common/reasons';

import { composeChain, type Handler, type Next } from '../chain/handler.ts';
import { emptyResponse } from '../chain/response.ts';
import type { BlockPart, Directive, ListenSettings, Position, SetupContext } from '../chain/setup.ts';
import { corefileError } from '../corefile/corefile-error.ts';
import type { Environment } from '../corefile/environment.ts';
import { parseCorefile, type ParsedCorefile } from '../corefile/parser.ts';
import type { ServerBlock } from '../corefile/server-block.ts';
import { readServerKey, servedSchemes, type ServerKey } from '../corefile/server-key.ts';
import { directiveRegistry } from '../handlers/registry.ts';
import { unknownDirective } from '../handlers/unknown-directive.ts';
import type { MetricRegistry } from '../metrics/metric-registry.ts';
import { responseCodes } from '../wire/protocol-codes.ts';
import { overlapProblems } from './check-overlaps.ts';
import type { ConfiguredBlock, CorefileVersion } from './corefile-version.ts';
import { filesDigest } from './files-digest.ts';
import { formatListenerKey, listenersOf } from './listener-key.ts';

/** Options of {@link loadCorefile}. */
export interface LoadOptions {
  /** Path of the Corefile, for messages; relative paths start at its folder. */
  readonly file: string;
  /** Port of blocks of plain DNS that name none. Default 53. */
  readonly dnsPort?: number;
  readonly environment?: Environment;
  readonly logger?: Logger;
  readonly reasons?: ReasonStream;
  readonly metrics?: MetricRegistry;
  /** Asks the server of a block, from the start; see SetupContext.askServer. Default: every question is refused. */
  readonly askServer?: (server: string) => Next;
  /** Ends the server; see SetupContext.fail. */
  readonly fail?: (error: SeamarkError) => void;
  /** What directives share; see SetupContext.shared. Default: an empty one. */
  readonly shared?: Map<string, unknown>;
  readonly warn?: (message: string, at: Position) => void;
}

/** A Corefile that was read: what it says, or its mistakes: the first of each directive in a block. */
export type LoadResult =
  | { readonly ok: true; readonly version: CorefileVersion }
  | { readonly ok: false; readonly problems: readonly SeamarkError[] };

/** Reads a Corefile and sets up all of its blocks, without any effect. Never throws for mistakes in it. */
export function loadCorefile(text: string, options: LoadOptions): LoadResult {
  const problems: SeamarkError[] = [];
  let parsed: ParsedCorefile;
  try {
    parsed = parseCorefile(text, options);
  } catch (error) {
    if (!isSeamarkError(error)) throw error;
    return { ok: false, problems: [error] };
  }
  const shared = options.shared ?? new Map<string, unknown>();
  const blocks = parsed.blocks.map((block) => configureBlock(block, { ...options, shared }, problems));
  problems.push(...overlapProblems(blocks));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, version: { blocks, files: parsed.files, digest: filesDigest(parsed.files) } };
}

/** Sets a block up; mistakes are added to `problems`, and what can go on goes on, so that one run finds them all. */
function configureBlock(
  source: ServerBlock,
  options: LoadOptions & { readonly shared: Map<string, unknown> },
  problems: SeamarkError[],
): ConfiguredBlock {
  const collect = <T>(run: () => T, fallback: T): T => {
    try {
      return run();
    } catch (error) {
      if (!isSeamarkError(error)) throw error;
      problems.push(error);
      return fallback;
    }
  };
  const keys = source.keys.flatMap((token) => collect(() => servableKeys(readServerKey(token, options.dnsPort ?? 53)), []));
  const uses = new Map<string, Directive[]>();
  for (const directive of source.directives) {
    if (!directiveRegistry.some(({ name }) => name === directive.name)) {
      problems.push(unknownDirective(directive));
      continue;
    }
    const those = uses.get(directive.name);
    if (those === undefined) uses.set(directive.name, [directive]);
    else those.push(directive);
  }

  const parts = new Map<string, BlockPart>();
  const handlers: Handler[] = [];
  let listen: ListenSettings = {};
  let folder = dirname(options.file);
  for (const directive of directiveRegistry) {
    const { name } = directive;
    const those = uses.get(name);
    if (those === undefined) continue;
    const context = contextOf(keys, listen, folder, options);
    const part = collect(() => directive.setup(those, context), {});
    parts.set(name, part);
    if (part.handler !== undefined) handlers.push(part.handler);
    listen = { ...listen, ...part.listen };
    folder = part.folder ?? folder;
  }
  for (const part of parts.values()) part.complete?.(parts);
  const unencrypted = keys.find(({ scheme }) => scheme !== 'dns');
  if (unencrypted !== undefined && listen.tls === undefined) {
    options.warn?.(`${unencrypted.token.text} without the directive tls is not encrypted`, unencrypted.token.at);
  }
  return { source, keys, parts, handlers, listen, chain: composeChain(handlers, refuse) };
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
  options: LoadOptions & { readonly shared: Map<string, unknown> },
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
    warn,
  };
}

function refuse(): ReturnType<typeof emptyResponse> {
  return emptyResponse('', responseCodes.REFUSED);
}
