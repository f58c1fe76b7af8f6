import type { EdnsOption } from '../wire/message.ts';

/** Records of one owner, type and TTL (RFC 2181 5). */
export interface RecordSet {
  /** Uncompressed wire form. An owner equal to the question's name is written as the client wrote it. */
  readonly owner: Uint8Array;
  readonly type: number;
  /** Default IN. */
  readonly class?: number;
  readonly ttlSeconds: number;
  /** Uncompressed RDATA, in the order in which it is sent. */
  readonly rdata: readonly Uint8Array[];
}

/** An extended error (RFC 8914). */
export interface ExtendedError {
  readonly code: number;
  readonly text?: string;
}

/** What a chain answers. Plain data: a handler that changes an answer returns another one. */
export interface DnsResponse {
  /** RFC 1035 and RFC 6895 code, extended ones included. */
  readonly responseCode: number;
  readonly authoritative: boolean;
  readonly recursionAvailable?: boolean;
  readonly authenticData?: boolean;
  /** Says TC whatever fits; default: set when an RRset that the answer needs does not fit (RFC 2181 9). */
  readonly truncated?: boolean;
  readonly answers: readonly RecordSet[];
  readonly authorities: readonly RecordSet[];
  /** Without OPT, which the encoder writes. Left out where there is no room. */
  readonly additionals: readonly RecordSet[];
  /**
   * How many of the first `additionals` are needed as well (glue of a referral, RFC 9471): they set TC when there is no room.
   * Default 0.
   */
  readonly requiredAdditionals?: number;
  readonly extendedErrors?: readonly ExtendedError[];
  /** Options of the answer's OPT; dropped when the query had none. */
  readonly ednsOptions?: readonly EdnsOption[];
  /** Largest datagram in octets that may carry the answer, whatever the question's OPT allows (`bufsize`); default: the server's own. */
  readonly udpPayloadLimit?: number;
  /** What went wrong, for the log (`errors`); clients are not told. */
  readonly failure?: string;
  /** Directive that answered, the label `plugin` of coredns_dns_responses_total. */
  readonly by: string;
  /** Zone that answered (`example.org.`); of what leaves a Corefile's server: that of the server block, the label `zone`. */
  readonly zone?: string;
}

/** The question gets no answer at all. */
export interface NoAnswer {
  readonly drop: string;
  readonly by: string;
  /** As in {@link DnsResponse}. */
  readonly zone?: string;
}

/** What becomes of a question. */
export type Outcome = DnsResponse | NoAnswer;

/** An answer without records. */
export function emptyResponse(by: string, responseCode: number, extra: Partial<DnsResponse> = {}): DnsResponse {
  return { responseCode, authoritative: false, answers: [], authorities: [], additionals: [], by, ...extra };
}
