import type { MalformedCause } from '../wire/malformed.ts';

/**
 * Why a packet gets no answer. `too_short`, `is_response`: it is no query. `by_handler`: a handler of the chain said so, see
 * {@link AnswerReport.dropDetail}.
 */
export const dropReasons = ['too_short', 'is_response', 'by_handler'] as const;

/** One of {@link dropReasons}. */
export type DropReason = (typeof dropReasons)[number];

/** What a pipeline found out about one packet, for counters and logs. Reused: it holds until the pipeline's next call. */
export class AnswerReport {
  /** Why there was no answer; holds only then. */
  dropReason: DropReason = 'too_short';
  /** `drop` of the handler that dropped it. */
  dropDetail = '';
  /** What was malformed, if anything. */
  malformed: MalformedCause | undefined;
  /** Type of the question; 0 when there was none to read. */
  type = 0;
  /** Response code as sent, extended bits included. */
  responseCode = 0;
  truncated = false;
  /** DO of the query. */
  dnssecOk = false;
  /** Zone that answered (`example.org.`); empty when no handler took it. */
  zone = '';
  /** Directive that answered or dropped; empty for answers of the pipeline itself. */
  by = '';
  /** How long the answer may be kept: the smallest TTL of its answers, else of its authorities; 0 for errors. Over HTTPS only. */
  minTtlSeconds = 0;
  /** The answer was compiled ahead: no handler was asked. */
  compiled = false;
  queryOctets = 0;
  answerOctets = 0;

  /** Forgets the packet before. */
  reset(queryOctets: number): void {
    this.dropDetail = this.zone = this.by = '';
    this.malformed = undefined;
    this.type = this.responseCode = this.answerOctets = this.minTtlSeconds = 0;
    this.truncated = this.dnssecOk = this.compiled = false;
    this.queryOctets = queryOctets;
  }
}
