/**
 * Time as Seamark's long-lived parts see it; injected, so that tests own it. `monotonicMs` never jumps and is what every deadline
 * and lease uses; `wallMs` (Unix milliseconds) is only ever written down or shown.
 */
export interface Clock {
  monotonicMs(): number;
  wallMs(): number;
  /** Calls back once after `delayMs`; the handle cancels it. Does not keep the process alive. */
  schedule(delayMs: number, callback: () => void): Disposable;
}

/** The machine's clock. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
