import type { Clock } from '@seamark/common/controller';

/**
 * The life of one request: it ends by the caller's signal, the deadline or the close of the store, whichever comes first, and says why.
 * Whatever the request is waiting for (a connection, an answer, a pause) is raced against it, so that the bound really holds.
 */
export class RequestScope implements Disposable {
  #reason: { readonly error: unknown } | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #release: (() => void)[] = [];

  /** `deadline.error` is made when the time is over, so that it can carry the last failure. */
  constructor(options: {
    readonly clock: Clock;
    readonly signals: readonly { readonly signal: AbortSignal; readonly error: (reason: unknown) => unknown }[];
    readonly deadline?: { readonly afterMs: number; readonly error: () => unknown };
  }) {
    for (const { signal, error } of options.signals) {
      const end = (): void => this.#end(error(signal.reason));
      if (signal.aborted) {
        end();
        return;
      }
      signal.addEventListener('abort', end, { once: true });
      this.#release.push(() => signal.removeEventListener('abort', end));
    }
    if (options.deadline !== undefined) {
      const { afterMs, error } = options.deadline;
      const timer = options.clock.schedule(afterMs, () => this.#end(error()));
      this.#release.push(() => timer[Symbol.dispose]());
    }
  }

  /** Throws the reason when the request has ended. */
  throwIfEnded(): void {
    if (this.#reason !== undefined) throw this.#reason.error;
  }

  /** Settles as `work` does, or rejects with the reason when the request ends first; `cancel` is called then. */
  race<T>(work: Promise<T>, cancel?: () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const ended = (): void => {
        this.#listeners.delete(ended);
        cancel?.();
        reject((this.#reason as { error: unknown }).error);
      };
      // Also when it has already ended: the late result must not become an unhandled rejection.
      work.then(
        (value) => {
          this.#listeners.delete(ended);
          resolve(value);
        },
        (error: unknown) => {
          this.#listeners.delete(ended);
          reject(error);
        },
      );
      if (this.#reason !== undefined) ended();
      else this.#listeners.add(ended);
    });
  }

  [Symbol.dispose](): void {
    for (const release of this.#release.splice(0)) release();
    this.#listeners.clear();
  }

  #end(error: unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = { error };
    for (const listener of this.#listeners) listener();
  }
}
