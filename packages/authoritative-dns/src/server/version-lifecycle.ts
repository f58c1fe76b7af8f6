import { setTimeout as delay } from 'node:timers/promises';

import { isSeamarkError, type SeamarkError } from '@seamark/common/errors';

import type { BlockPart } from '../chain/setup.ts';
import type { CorefileVersion } from './corefile-version.ts';

const pollMs = 20;

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
      for (const part of this.parts()) {
        this.started.push(part);
        await part.start?.(signal).catch((error: unknown) => {
          if (!isSeamarkError(error)) throw error;
          errors.push(error);
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

  /** What is not ready, in words. */
  notReady(): string[] {
    return this.version.blocks.flatMap(({ parts }) =>
      [...parts].flatMap(([name, part]) => {
        const reason = part.notReady?.();
        return reason === undefined ? [] : [`${name}: ${reason}`];
      }),
    );
  }

  /** Resolves when everything is ready, or to what is not after `timeoutMs`. */
  async waitUntilReady(timeoutMs: number, signal: AbortSignal): Promise<string[]> {
    for (let leftMs = timeoutMs; ; leftMs -= pollMs) {
      const waiting = this.notReady();
      if (waiting.length === 0 || leftMs <= 0) return waiting;
      await delay(pollMs, undefined, { signal });
    }
  }

  private parts(): BlockPart[] {
    return this.version.blocks.flatMap(({ parts }) => [...parts.values()]);
  }
}
