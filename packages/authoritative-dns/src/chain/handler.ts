import type { CompilableZones } from '../arena/compilable-zones.ts';
import type { DnsRequest } from './request.ts';
import type { DnsResponse, Outcome } from './response.ts';

/** Asks the rest of the chain. */
export type Next = (request: DnsRequest) => Outcome | Promise<Outcome>;

/** All that a handler does, as data, for whoever can do it without the handler: answers compiled ahead. */
export interface AheadPolicy {
  /** The records of each RRset of type A, AAAA or MX stand in random order, anew in every answer. */
  readonly rotation?: 'round_robin';
  /** Questions with the option NSID (RFC 5001) get this in their answer's OPT. */
  readonly nsid?: Uint8Array;
  /** No answer over UDP is larger, whatever the question's OPT allows. */
  readonly udpPayloadLimit?: number;
  /** Positive answers have nothing but their answer section. */
  readonly minimal?: true;
  /** Questions of these types must reach the handler; it leaves all others alone. */
  readonly exceptTypes?: readonly number[];
}

/** Who sent a query that is answered before the chain, and what it is about as far as that could be read. */
export type EarlyQuestion = Pick<DnsRequest, 'client' | 'validCookie'> & Partial<Pick<DnsRequest, 'name' | 'type'>>;

/** What becomes of an answer that is given before the chain. */
export type LimitEarly = (question: EarlyQuestion, response: DnsResponse) => Outcome;

/** One link of a chain: answers, passes on, or changes what passes. Does one job. */
export interface Handler {
  /** The directive's name. */
  readonly name: string;
  /**
   * Answers without a promise wherever it can: most questions then cost no turn of the event loop. Throws only for faults of its own;
   * the server answers SERVFAIL and counts them (coredns_panics_total).
   */
  handle(request: DnsRequest, next: Next): Outcome | Promise<Outcome>;
  /** Set by a handler that limits answers: what it makes of those that are given without asking its chain. */
  readonly limitEarly?: LimitEarly;
  /**
   * True when questions that `answersAhead` handlers of the chain answer pass unchanged, and unseen, in both directions; such a
   * handler does not keep answers from being compiled ahead. Default false.
   */
  readonly transparent?: boolean;
  /** Set by a handler that is not transparent: one who does all of this to the compiled answers may go past the handler. */
  readonly ahead?: AheadPolicy;
  /**
   * Zones that the handler answers for and whose answers can be compiled ahead. Among its own, the longest that a name is in answers,
   * and the first of equal ones; it passes on every question for names in none of them, unchanged.
   */
  readonly compilable?: readonly CompilableZones[];
}

/** The questions of {@link Handler}s in order; the end of the chain answers REFUSED, as a server without a matching block does. */
export function composeChain(handlers: readonly Handler[], last: Next): Next {
  return handlers.reduceRight<Next>((next, handler) => (request) => handler.handle(request, next), last);
}
