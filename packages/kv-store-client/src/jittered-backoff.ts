/** Growing pauses between tries. */
export interface Backoff {
  /** The next pause in ms: half to whole of a step that doubles from `firstMs` to `maxMs`. */
  next(): number;
  /** Starts again at `firstMs`; call after success. */
  reset(): void;
}

/** Creates a {@link Backoff}. `random` gives 0..1; the jitter keeps many clients from coming back at the same moment. */
export function createJitteredBackoff(options: {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly random: () => number;
}): Backoff {
  let stepMs = options.firstMs;
  return {
    next() {
      const delayMs = stepMs * (0.5 + options.random() / 2);
      stepMs = Math.min(stepMs * 2, options.maxMs);
      return delayMs;
    },
    reset() {
      stepMs = options.firstMs;
    },
  };
}
