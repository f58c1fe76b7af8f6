/** Time that stands still until a test moves it; the shape of the Clock that Seamark's long-lived parts take. */
export interface SteppedClock {
  monotonicMs(): number;
  wallMs(): number;
  schedule(delayMs: number, callback: () => void): Disposable;
  /** Moves time on; timers that fall due fire in order, each at its own time, with promises settled in between. */
  advance(ms: number): Promise<void>;
  /** Steps the wall clock only, as an administrator or NTP does. */
  stepWall(ms: number): void;
}

/** Creates a {@link SteppedClock} at monotonic 0 and the given wall time (Unix milliseconds). */
export function createSteppedClock(startWallMs = 1_800_000_000_000): SteppedClock {
  let now = 0;
  let wallOffset = startWallMs;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  // Chains of awaits between a timer and what it brings about are short; this many turns let them end.
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
  };
  return {
    monotonicMs: () => now,
    wallMs: () => wallOffset + now,
    schedule(delayMs, callback) {
      const timer = { at: now + delayMs, callback };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const next = [...timers].filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        now = Math.max(now, next.at);
        timers.delete(next);
        next.callback();
      }
      now = end;
      await settle();
    },
    stepWall(ms) {
      wallOffset += ms;
    },
  };
}
