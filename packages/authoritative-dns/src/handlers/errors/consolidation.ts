/** Levels that lines of `errors` can have. */
export const errorLevels = ['warning', 'error', 'info', 'debug'] as const;

/** One of {@link errorLevels}. */
export type ErrorLevel = (typeof errorLevels)[number];

/** One line `consolidate`. */
export interface ConsolidationRule {
  readonly intervalMs: number;
  readonly pattern: Pick<RegExp, 'source' | 'test'>;
  readonly level: ErrorLevel;
  /** Writes the first error of an interval at once as well. */
  readonly showFirst: boolean;
}

/** Writes one line for many errors of a kind: how many there were since the first one. */
export class Consolidation {
  private readonly rule: ConsolidationRule;
  private readonly write: (level: ErrorLevel, line: string) => void;
  private count = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(rule: ConsolidationRule, write: (level: ErrorLevel, line: string) => void) {
    this.rule = rule;
    this.write = write;
  }

  /** True when it takes the error; `line` is what it would have been written as. */
  take(message: string, line: string): boolean {
    const { pattern, intervalMs, level, showFirst } = this.rule;
    if (!pattern.test(message)) return false;
    this.count++;
    if (this.count > 1) return true;
    if (showFirst) this.write(level, line);
    this.timer = setTimeout(() => this.flush(), intervalMs);
    this.timer.unref();
    return true;
  }

  /** Writes what has been collected. */
  flush(): void {
    clearTimeout(this.timer);
    const { pattern, intervalMs, level, showFirst } = this.rule;
    const { count } = this;
    this.count = 0;
    if (count > (showFirst ? 1 : 0))
      this.write(level, `${count} errors like '${pattern.source}' occurred in last ${durationText(intervalMs)}`);
  }
}

/** As Go writes durations: `1m0s`. */
function durationText(ms: number): string {
  const seconds = ms / 1000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds % 60}s`;
}
