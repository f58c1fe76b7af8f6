import { readFile } from 'node:fs/promises';

import { isSeamarkError, messageOf, type SeamarkError } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';

import type { CheckedMistake, Position, SetupContext } from '../../chain/setup.ts';
import { corefileError } from '../../corefile/corefile-error.ts';
import { fileProblem } from '../../corefile/arguments/read-file-of.ts';
import { PolledFiles } from '../polled-files.ts';
import { readWeights, Weights } from './weights.ts';

/** Options of {@link WeightFile}. */
export interface WeightFileOptions {
  /** The line of the Corefile that names the file. */
  readonly at: Position;
  readonly path: string;
  /** How often the file is looked at; 0 = only at the start. */
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** The weights of a file, kept as fresh as it is looked at; a version with a mistake changes nothing. */
export class WeightFile {
  current = new Weights();
  private readonly options: WeightFileOptions;
  private readonly file: PolledFiles;

  constructor(options: WeightFileOptions) {
    this.options = options;
    const { path, intervalMs, logger } = options;
    this.file = new PolledFiles({
      paths: [path],
      intervalMs,
      onContent: ([text = '']) => {
        this.current = readWeights(path, text);
      },
      onProblem: (error) => logger.error(`loadbalance keeps the weights that it has: ${fileProblem(error)}`, { file: path }),
    });
  }

  /**
   * Reads the file and goes on looking at it. A file that cannot be read is an error only when it is not looked at again; a mistake
   * in it always is. Throws SM_COREFILE_INVALID.
   */
  async start(): Promise<void> {
    try {
      await this.file.start();
    } catch (error) {
      const unread = !isSeamarkError(error);
      if (this.waitsAfter(error)) {
        const { path, intervalMs } = this.options;
        this.options.logger.warn(
          `loadbalance cannot read its weight file: ${fileProblem(error)}; every address has weight 1 until it can`,
          { file: path, retryMs: intervalMs },
        );
        return;
      }
      await this.file.stop();
      if (!unread) throw error;
      throw this.unreadable(error);
    }
  }

  /** What {@link start} would refuse, and warn of. */
  async check(warn: SetupContext['warn']): Promise<CheckedMistake[]> {
    const { at, path } = this.options;
    try {
      readWeights(path, await readFile(path, 'utf8'));
    } catch (error) {
      if (isSeamarkError(error)) return [{ at, error }];
      if (!this.waitsAfter(error)) return [{ at, error: this.unreadable(error) }];
      warn(`loadbalance cannot read the weight file ${path}: every address has weight 1 until it can`, at);
    }
    return [];
  }

  /** Ends the looking. */
  async stop(): Promise<void> {
    await this.file.stop();
  }

  /** Whether a file that cannot be opened is looked for again. A folder never becomes one. */
  private waitsAfter(error: unknown): boolean {
    return !isSeamarkError(error) && (error as NodeJS.ErrnoException).code !== 'EISDIR' && this.options.intervalMs > 0;
  }

  private unreadable(error: unknown): SeamarkError {
    return corefileError(this.options.at, `loadbalance cannot read the weight file ${this.options.path}: ${messageOf(error)}`);
  }
}
