import { readFile, stat } from 'node:fs/promises';

import { filesDigest } from '../server/files-digest.ts';
import { type FileState, fileState, isSameState, SettledFile } from './settled-file.ts';

/** Options of {@link PolledFiles}. */
export interface PolledFilesOptions {
  readonly paths: readonly string[];
  /** How often they are looked at; 0 = only once. */
  readonly intervalMs: number;
  /**
   * Takes the contents, in the order of `paths`, whenever one of them is another, and when the last was changed. What it throws goes where
   * problems of reading go.
   */
  readonly onContent: (texts: readonly string[], modifiedMs: number) => void;
  /** Told of each problem after the first look, once until the files can be read and taken again. */
  readonly onProblem: (problem: unknown) => void;
}

/**
 * Reads text files that belong together, and looks at intervals whether one of them is another. One that changed is read once nobody
 * writes to it, see {@link SettledFile}.
 */
export class PolledFiles {
  private readonly options: PolledFilesOptions;
  private readonly settled: readonly SettledFile[];
  /** As they were when they were read last, or else at the first look; `undefined` before it. */
  private states: readonly (FileState | undefined)[] | undefined;
  private isRead = false;
  private digest = '';
  private failing = false;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private look: Promise<void> | undefined;

  constructor(options: PolledFilesOptions) {
    this.options = options;
    this.settled = options.paths.map(() => new SettledFile());
  }

  /** Looks for the first time and from then on at intervals. Rejects with the problem of the first look; the intervals start all the same. */
  async start(): Promise<void> {
    try {
      await this.readIfChanged();
    } catch (error) {
      this.failing = true;
      throw error;
    } finally {
      this.scheduleNext(0);
    }
  }

  /** Ends the looking; resolves once nothing is being read any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.look;
  }

  private scheduleNext(leftMs: number): void {
    const { intervalMs } = this.options;
    if (this.stopped || intervalMs === 0) return;
    this.timer = setTimeout(
      () => {
        this.look = this.lookAgain();
      },
      leftMs === 0 ? intervalMs : Math.min(leftMs, intervalMs),
    );
    this.timer.unref();
  }

  private async lookAgain(): Promise<void> {
    let leftMs = 0;
    try {
      leftMs = await this.readIfChanged();
      if (leftMs === 0) this.failing = false;
    } catch (error) {
      if (!this.failing) this.options.onProblem(error);
      this.failing = true;
    }
    this.scheduleNext(leftMs);
  }

  /** Resolves to the milliseconds until files that changed can be read; 0 when nothing is left to read. */
  private async readIfChanged(): Promise<number> {
    const { paths } = this.options;
    const before = this.states;
    const states = await Promise.all(paths.map((path) => fileState(path)));
    this.states ??= states;
    const missing = paths.find((_path, at) => states[at] === undefined);
    if (missing !== undefined) await stat(missing); // throws why
    const changed = states.flatMap((state, at) => (before === undefined || isSameState(before[at], state) ? [] : [at]));
    if (changed.length === 0 && this.isRead) return 0;
    const leftMs = Math.max(0, ...changed.map((at) => this.settled[at]?.leftMs(before?.[at], states[at]) ?? 0));
    if (leftMs > 0) return leftMs;
    // After the look: what changes meanwhile is seen by the next one.
    const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
    if (this.stopped) return 0;
    this.states = states;
    this.isRead = true; // also for content that cannot be taken: it is reported once, not at each look
    const digest = filesDigest(texts.map((text, at) => [paths[at] ?? '', text]));
    if (digest === this.digest) return 0;
    this.digest = digest;
    this.options.onContent(texts, Math.max(...states.map((state) => Number((state?.modifiedNs ?? 0n) / 1_000_000n))));
    return 0;
  }
}
