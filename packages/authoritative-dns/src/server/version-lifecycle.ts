import { setTimeout as delay } from 'node:timers/promises';

import { isSeamarkError, SeamarkError } from '@seamark/common/errors';

import type { BlockPart } from '../chain/setup.ts';
import { formatPosition } from '../corefile/corefile-error.ts';
import type { CorefileVersion } from './corefile-version.ts';

const pollMs = 20;

/** Waiting that is not worth a line in the log. */
const momentMs = 200;

/** Starts and stops what the directives of a version need. */
export class VersionLifecycle {
  private readonly started: BlockPart[] = [];
  private readonly version: CorefileVersion;

  constructor(version: CorefileVersion) {
    this.version = version;
  }

  /**
   * Starts every part in order, also behind one that fails, so that each says what it lacks. Then stops them all and gives the errors:
   * none = everything runs. Rejects when the signal aborts.
   */
  async start(signal: AbortSignal): Promise<SeamarkError[]> {
    const errors: SeamarkError[] = [];
    try {
      for (const [name, part] of this.parts()) {
        this.started.push(part);
        await part.start?.(signal).catch((error: unknown) => {
          if (!isSeamarkError(error)) throw error;
          // Blocks that share a file fail with the same error.
          if (!errors.includes(error)) errors.push(withPlace(error, name, part));
        });
        signal.throwIfAborted();
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (errors.length > 0) await this.stop();
    return errors;
  }

  /** Stops what was started, in the opposite order. */
  async stop(): Promise<void> {
    for (let part = this.started.pop(); part !== undefined; part = this.started.pop()) await part.stop?.();
  }

  /** What is not ready, in words; what several blocks lack is told once. */
  notReady(): string[] {
    const reasons = this.parts().flatMap(([name, part]) => {
      const reason = part.notReady?.();
      return reason === undefined ? [] : [`${name}: ${reason}`];
    });
    return [...new Set(reasons)];
  }

  /** Resolves when everything is ready, or to what is not after `timeoutMs`. `onWait` is told once of what takes more than a moment. */
  async waitUntilReady(timeoutMs: number, signal: AbortSignal, onWait: (waiting: readonly string[]) => void): Promise<string[]> {
    let isTold = false;
    for (let leftMs = timeoutMs; ; leftMs -= pollMs) {
      const waiting = this.notReady();
      if (waiting.length === 0 || leftMs <= 0) return waiting;
      if (!isTold && timeoutMs - leftMs >= momentMs) {
        isTold = true;
        onWait(waiting);
      }
      await delay(pollMs, undefined, { signal });
    }
  }

  private parts(): (readonly [name: string, part: BlockPart])[] {
    return this.version.blocks.flatMap(({ parts }) => [...parts]);
  }
}

/** An endpoint that cannot be opened does not know its line of the Corefile. */
function withPlace(error: SeamarkError, name: string, { endpoint }: BlockPart): SeamarkError {
  if (error.code !== 'SM_LISTEN_FAILED' || endpoint === undefined) return error;
  return new SeamarkError(error.code, `${formatPosition(endpoint.at)}: ${name} ${error.message}`, {
    cause: error.cause,
    remedy: error.remedy,
  });
}
