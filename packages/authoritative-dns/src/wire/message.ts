import type { ResourceRecord } from './resource-record.ts';

/** A question. `name` in presentation form without trailing dot (`.` is the root), its case kept. */
export interface Question {
  readonly name: string;
  /** Code, see {@link recordTypes}. */
  readonly type: number;
  /** Code; 1 = IN. */
  readonly class: number;
}

/** One EDNS option, its content opaque. */
export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

/** The content of an OPT record (RFC 6891 6.1.3); its extended response code is part of {@link DnsMessage.responseCode}. */
export interface Edns {
  /** Largest UDP payload in octets that the sender can take. */
  readonly udpPayloadSize: number;
  readonly version: number;
  /** DNSSEC OK (RFC 3225). */
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

/** A DNS message (RFC 1035 4). OPT is `edns`, and never stands in `additionals`. */
export interface DnsMessage {
  readonly id: number;
  /** QR. */
  readonly response: boolean;
  readonly opcode: number;
  /** AA. */
  readonly authoritative: boolean;
  /** TC. */
  readonly truncated: boolean;
  /** RD. */
  readonly recursionDesired: boolean;
  /** RA. */
  readonly recursionAvailable: boolean;
  /** AD (RFC 4035). */
  readonly authenticData: boolean;
  /** CD (RFC 4035). */
  readonly checkingDisabled: boolean;
  /** RCODE, 0..15, or 0..4095 with `edns`. */
  readonly responseCode: number;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
  readonly edns?: Edns | undefined;
}

/** A query for one name as a stub resolver sends it: RD set, EDNS only when given. */
export function createQuery(question: Question, options: { readonly id?: number; readonly edns?: Edns } = {}): DnsMessage {
  return {
    id: options.id ?? 0,
    response: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    responseCode: 0,
    questions: [question],
    answers: [],
    authorities: [],
    additionals: [],
    ...(options.edns === undefined ? {} : { edns: options.edns }),
  };
}
