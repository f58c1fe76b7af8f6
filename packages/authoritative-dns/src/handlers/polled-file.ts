import { readFile, stat } from 'node:fs/promises';

/** Options of {@link PolledFile}. */
export interface PolledFileOptions {
  readonly path: string;
  /** How often it is looked at; 0 = only once. */
  readonly intervalMs: number;
  /** Takes the content whenever it may have changed. What it throws goes where problems of reading go. */
  readonly onContent: (text: string, modifiedMs: number) => void;
  /** Told of each problem after the first look, once until the file can be read and taken again. */
  readonly onProblem: (problem: unknown) => void;
}

/** Reads a text file and looks at intervals whether it is another one. */
export class PolledFile {
  private readonly options: PolledFileOptions;
  private seen = '';
  private failing = false;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private look: Promise<void> | undefined;

  constructor(options: PolledFileOptions) {
    this.options = options;
  }

  /** Looks for the first time and from then on at intervals. Rejects with the problem of the first look; the intervals start all the same. */
  async start(): Promise<void> {
    try {
      await this.readIfChanged();
    } catch (error) {
      this.failing = true;
      throw error;
    } finally {
      this.scheduleNext();
    }
  }

  /** Ends the looking; resolves once nothing is being read any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.look;
  }

  private scheduleNext(): void {
    if (this.stopped || this.options.intervalMs === 0) return;
    this.timer = setTimeout(() => {
      this.look = this.lookAgain();
    }, this.options.intervalMs);
    this.timer.unref();
  }

  private async lookAgain(): Promise<void> {
    try {
      await this.readIfChanged();
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.options.onProblem(error);
      this.failing = true;
    }
    this.scheduleNext();
  }

  private async readIfChanged(): Promise<void> {
    const { path } = this.options;
    // The change time tells of any write, also of one that keeps the size or sets the modification time back.
    const { ino, size, ctimeNs, mtimeMs } = await stat(path, { bigint: true });
    const identity = `${ino} ${size} ${ctimeNs}`;
    if (identity === this.seen) return;
    const text = await readFile(path, 'utf8');
    if (this.stopped) return;
    this.seen = identity; // also for content that cannot be taken: it is reported once, not at each look
    this.options.onContent(text, Number(mtimeMs));
  }
}
