import type { Clock } from '../../../controller/clock.ts';

/** Time that moves when the test says so. */
export interface ManualClock extends Clock {
  /** Moves the time on and calls back what is due, in order. */
  readonly advance: (ms: number) => void;
}

/** Makes a {@link ManualClock} at 0. */
export function createManualClock(): ManualClock {
  let nowMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  return {
    monotonicMs: () => nowMs,
    wallMs: () => nowMs,
    schedule(delayMs, callback) {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    advance(ms) {
      nowMs += ms;
      for (const timer of [...timers].filter((each) => each.dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs)) {
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}
