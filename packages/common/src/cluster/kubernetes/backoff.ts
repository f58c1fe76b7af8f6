/** Bounds of a backoff. */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  /** 0..1. */
  readonly random: () => number;
}

/**
 * Exponential backoff with full jitter: attempt n (from 1) waits a random time below `min(maxMs, baseMs × 2^(n-1))`, so that many
 * clients that lost the same server do not come back together.
 */
export function backoffMs(attempt: number, options: BackoffOptions): number {
  return options.random() * Math.min(options.maxMs, options.baseMs * 2 ** Math.min(attempt - 1, 30));
}
