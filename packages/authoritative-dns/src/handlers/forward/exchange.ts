/** One way of asking one upstream. */
export interface Exchange {
  readonly kind: ExchangeKind;
  /**
   * Sends what `write` makes of an ID and gives the first answer that `accept` takes; whatever else arrives is not ours. Rejects with
   * an {@link ExchangeError}, after `timeoutMs` at the latest.
   */
  ask<Answer>(question: Question<Answer>, timeoutMs: number): Promise<Answer>;
  /** Ends what is open; questions that wait fail with `aborted`, and so do later ones. */
  close(): void;
}

/** A question of which only the ID is still open. */
export interface Question<Answer> {
  /** Nobody asked: what connection it takes is not counted. */
  readonly isCheck?: true;
  /** The query under this ID. */
  write(id: number): Uint8Array;
  /** The answer in a message with the ID of ours, or `undefined` when the message is not an answer to the question. */
  accept(octets: Uint8Array): Answer | undefined;
}

/** How a question was sent; the label `proto` of the metrics. */
export type ExchangeKind = 'udp' | 'tcp' | 'tcp-tls' | 'https';

/**
 * Why an upstream gave no answer. `closed_early`: it ended a connection that had answered before; asking again may help. `tls`: it
 * answered, but is not trusted or speaks no TLS.
 */
export type ExchangeFailure = 'timeout' | 'network' | 'tls' | 'closed_early' | 'not_an_answer' | 'aborted' | 'too_many';

/** No answer from an upstream. The message names it, in the words of CoreDNS where it has some. */
export class ExchangeError extends Error {
  override readonly name: string = 'ExchangeError';
  readonly failure: ExchangeFailure;
  /** What is wrong and which option mends it, for those who cannot know it from the message. */
  readonly remedy: string | undefined;

  constructor(failure: ExchangeFailure, message: string, cause?: unknown, remedy?: string) {
    super(message, cause === undefined ? undefined : { cause });
    this.failure = failure;
    this.remedy = remedy;
  }
}

/** Counts whether a question found an open connection to its upstream. */
export interface ConnectionCounts {
  hit(kind: ExchangeKind): void;
  miss(kind: ExchangeKind): void;
}

/** Numbers that nobody can guess: an integer in 0..limit-1. */
export type RandomBelow = (limit: number) => number;
