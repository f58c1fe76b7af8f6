import type { Clock } from '@seamark/common/controller';
import { messageOf } from '@seamark/common/errors';
import type { EtcdConnection, OpenedWatch } from './connection.ts';
import type { WatchAnswer } from './decode-answers.ts';
import { isAnswerOfServer } from './failures.ts';
import { progressIsOrdered } from './server-version.ts';
import type { WireWatchRequest } from './wire.ts';

/** Silence after which the server is asked for progress, in ms. */
const quietAfterMs = 3_000;
/** Time that the server then has for any answer, before it is asked for its status. */
const answerWithinMs = 1_500;

/** Options of {@link WatchStream}. */
export interface WatchStreamOptions {
  readonly connection: EtcdConnection;
  readonly opened: OpenedWatch;
  readonly clock: Clock;
  readonly onResponse: (response: WatchAnswer) => void;
  /** Called once, however many of `error`, `end` and `close` the stream emits; not after {@link WatchStream.end}. */
  readonly onEnded: (error: unknown) => void;
  /** The version of the server became known; see {@link WatchStream.orderedProgress}. */
  readonly onVersion: () => void;
  /** Nothing has come for a while: something that the server answers should be sent. */
  readonly onQuiet: () => void;
}

/**
 * One physical watch stream: ends once, notices a peer that has gone silent (which TCP does not), and knows whether its server's
 * progress answers can be trusted.
 */
export class WatchStream {
  readonly #options: WatchStreamOptions;
  #ended = false;
  #timer: Disposable | undefined;
  #lastResponseMs: number;
  #memberId: string | undefined;
  #status: { readonly version: string; readonly memberId: string } | undefined;

  constructor(options: WatchStreamOptions) {
    this.#options = options;
    this.#lastResponseMs = options.clock.monotonicMs();
    const { duplex } = options.opened;
    duplex.on('data', (response: WatchAnswer) => {
      if (this.#ended) return;
      this.#lastResponseMs = options.clock.monotonicMs();
      this.#memberId ??= response.header.memberId;
      options.onResponse(response);
    });
    // The handlers stay for good: a cancelled call emits one more error.
    duplex.on('error', (error) => this.#fail(error));
    duplex.on('end', () => this.#fail(new Error('the server ended the watch stream')));
    duplex.on('close', () => this.#fail(new Error('the watch stream was closed')));
    this.#watchSilence();
    void this.#askVersion();
  }

  /**
   * True when a progress answer covers all events up to its revision. False until the version is known, and for a server that a load
   * balancer hides behind another member's answer.
   */
  get orderedProgress(): boolean {
    return this.#status !== undefined && this.#status.memberId === this.#memberId && progressIsOrdered(this.#status.version);
  }

  /** True when the server is known to be one whose progress answers say nothing. */
  get unorderedProgress(): boolean {
    return this.#status !== undefined && !this.orderedProgress;
  }

  /** Sends a request; nothing happens after the end. */
  write(request: WireWatchRequest): void {
    if (!this.#ended) this.#options.opened.duplex.write(request);
  }

  /** Ends the stream without {@link WatchStreamOptions.onEnded}. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.[Symbol.dispose]();
    this.#options.opened.duplex.cancel();
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.end();
    this.#options.onEnded(error);
  }

  async #askVersion(): Promise<void> {
    try {
      this.#status = await this.#options.connection.status(this.#options.opened.slot, 2_000);
      if (!this.#ended) this.#options.onVersion();
    } catch {
      // Unknown is treated as old.
    }
  }

  #watchSilence(): void {
    const { clock } = this.#options;
    const quietMs = clock.monotonicMs() - this.#lastResponseMs;
    this.#timer = clock.schedule(Math.max(quietAfterMs - quietMs, 1), () => {
      if (clock.monotonicMs() - this.#lastResponseMs < quietAfterMs) {
        this.#watchSilence();
        return;
      }
      this.#options.onQuiet();
      const askedMs = clock.monotonicMs();
      this.#timer = clock.schedule(answerWithinMs, () => {
        if (this.#lastResponseMs >= askedMs) this.#watchSilence();
        else void this.#probe(askedMs);
      });
    });
  }

  /** New servers do not answer progress requests while a watch is catching up; a status request tells slow from dead. */
  async #probe(askedMs: number): Promise<void> {
    const { connection, opened, clock } = this.#options;
    try {
      await connection.status(opened.slot, answerWithinMs);
    } catch (error) {
      if (this.#ended) return;
      if (this.#lastResponseMs < askedMs && !isAnswerOfServer(error)) {
        connection.markFailed(opened.slot, opened.host);
        const silentSeconds = Math.round((clock.monotonicMs() - this.#lastResponseMs) / 1000);
        this.#fail(new Error(`no answer for ${silentSeconds} s, nor to a question of its version (${messageOf(error)})`, { cause: error }));
        return;
      }
    }
    if (!this.#ended) this.#watchSilence();
  }
}
