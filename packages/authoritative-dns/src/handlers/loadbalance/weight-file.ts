import { SeamarkError } from '@seamark/common/errors';
import type { Logger } from '@seamark/common/observability';

import { PolledFile } from '../polled-file.ts';
import { readWeights, Weights } from './weights.ts';

/** Options of {@link WeightFile}. */
export interface WeightFileOptions {
  readonly path: string;
  /** How often the file is looked at; 0 = only at the start. */
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** The weights of a file, kept as fresh as it is looked at; a version with a mistake changes nothing. */
export class WeightFile {
  current = new Weights();
  private readonly options: WeightFileOptions;
  private readonly file: PolledFile;

  constructor(options: WeightFileOptions) {
    this.options = options;
    const { path, intervalMs, logger } = options;
    this.file = new PolledFile({
      path,
      intervalMs,
      onContent: (text) => {
        this.current = readWeights(path, text);
      },
      onProblem: (err) => logger.error('loadbalance keeps the weights that it has', { file: path, err }),
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
      const unread = !(error instanceof SeamarkError);
      if (unread && this.options.intervalMs > 0) {
        const { path, intervalMs } = this.options;
        this.options.logger.warn('loadbalance cannot read its weight file: every address has weight 1 until it can', {
          file: path,
          retryMs: intervalMs,
          err: error,
        });
        return;
      }
      await this.file.stop();
      if (!unread) throw error;
      throw new SeamarkError('SM_COREFILE_INVALID', `loadbalance cannot read the weight file ${this.options.path}`, { cause: error });
    }
  }

  /** Ends the looking. */
  async stop(): Promise<void> {
    await this.file.stop();
  }
}
