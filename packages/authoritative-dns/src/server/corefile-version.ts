import type { Handler, Next } from '../chain/handler.ts';
import type { BlockPart, ListenSettings } from '../chain/setup.ts';
import type { ServerBlock } from '../corefile/server-block.ts';
import type { ServerKey } from '../corefile/server-key.ts';

/** A server block that has been set up and not been started. */
export interface ConfiguredBlock {
  readonly source: ServerBlock;
  readonly keys: readonly ServerKey[];
  /** By directive, in the order of the chain. */
  readonly parts: ReadonlyMap<string, BlockPart>;
  readonly handlers: readonly Handler[];
  readonly listen: ListenSettings;
  /** Asks the block's chain. */
  readonly chain: Next;
}

/** A Corefile read and set up; nothing of it has an effect before it is started. */
export interface CorefileVersion {
  readonly blocks: readonly ConfiguredBlock[];
  /** Content of the Corefile and its imports, by absolute path. */
  readonly files: ReadonlyMap<string, string>;
  /** Changes when one of the files does. */
  readonly digest: string;
}
