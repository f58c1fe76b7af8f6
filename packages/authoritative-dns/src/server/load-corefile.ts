import type { SeamarkError } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';
import type { ReasonStream } from '@seamark/common/reasons';

import type { Next } from '../chain/handler.ts';
import type { Position } from '../chain/setup.ts';
import { corefileError } from '../corefile/corefile-error.ts';
import type { Environment } from '../corefile/environment.ts';
import { Mistakes } from '../corefile/mistakes.ts';
import { parseCorefile } from '../corefile/parser.ts';
import type { MetricRegistry } from '../metrics/metric-registry.ts';
import { findEndpointClashes } from './check-endpoints.ts';
import { findOverlaps, findTlsConflicts } from './check-overlaps.ts';
import { configureBlock } from './configure-block.ts';
import type { CorefileVersion } from './corefile-version.ts';
import { filesDigest } from './files-digest.ts';

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

/** A Corefile that was read: what it says, or every mistake in it, by file and line. */
export type LoadResult =
  | { readonly ok: true; readonly version: CorefileVersion }
  | { readonly ok: false; readonly problems: readonly [SeamarkError, ...SeamarkError[]] };

/**
 * Reads a Corefile and sets up all of its blocks, without any effect. Never throws for mistakes in it. What can be found out only
 * by looking at other files is left to `start`, or to {@link validateCorefile}.
 */
export function loadCorefile(text: string, options: LoadOptions): LoadResult {
  const mistakes = new Mistakes();
  const version = configureCorefile(text, options, mistakes);
  return resultOf(version, mistakes);
}

/** Like {@link loadCorefile}, and looks into the files that directives name (zone files, weights) as `start` would. */
export async function validateCorefile(text: string, options: LoadOptions): Promise<LoadResult> {
  const mistakes = new Mistakes();
  const version = configureCorefile(text, options, mistakes);
  for (const { parts } of version.blocks) {
    for (const part of parts.values()) {
      for (const { at, error } of (await part.check?.()) ?? []) mistakes.add(corefileError(at, error.message, error.remedy));
    }
  }
  return resultOf(version, mistakes);
}

function resultOf(version: CorefileVersion, mistakes: Mistakes): LoadResult {
  const [first, ...others] = mistakes.sorted(version.files.keys());
  return first === undefined ? { ok: true, version } : { ok: false, problems: [first, ...others] };
}

/** All blocks of a Corefile as far as they are right. */
function configureCorefile(text: string, options: LoadOptions, mistakes: Mistakes): CorefileVersion {
  const { blocks: sources, files } = parseCorefile(text, { ...options, onMistake: mistakes.add });
  if (sources.length === 0 && mistakes.size === 0) {
    mistakes.add(
      corefileError(
        { file: options.file, line: 1 },
        'there is no server block, so nothing would be served',
        'Write for example: .:53 { whoami } on three lines.',
      ),
    );
  }
  const shared = options.shared ?? new Map<string, unknown>();
  const blocks = sources.map((block) => configureBlock(block, { ...options, shared }, mistakes));
  findOverlaps(blocks, mistakes.add);
  findTlsConflicts(blocks, mistakes.add);
  findEndpointClashes(blocks, mistakes.add);
  return { blocks, files, digest: filesDigest(files) };
}
