import type { EdnsOption } from '../wire/message.ts';
import type { DnsResponse } from './response.ts';

/** How a question came in. `tls` is DNS over TLS (RFC 7858), `https` DNS over HTTPS (RFC 8484). */
export type TransportKind = 'udp' | 'tcp' | 'tls' | 'https';

/** Who asks, and which of our addresses was asked. */
export interface Client {
  readonly transport: TransportKind;
  /** 4 or 16 octets; an IPv4-mapped address is given as its 4 octets. */
  readonly address: Uint8Array;
  readonly port: number;
  /** Address of ours that the question was sent to; `undefined` where the transport cannot tell. */
  readonly localAddress: Uint8Array | undefined;
  readonly localPort: number;
}

/** What the OPT record of a query says (RFC 6891 6.1). */
export interface RequestEdns {
  /** As sent; sizes below 512 mean 512 (RFC 6891 6.2.3). */
  readonly udpPayloadSize: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

/** Answers of other servers, as `cache` keeps them. */
export interface AnswerCache {
  /** The answer that is kept or, when there is none, what `ask` gives; that is kept then as long as its TTLs allow. */
  answer(request: DnsRequest, ask: () => Promise<DnsResponse>): DnsResponse | Promise<DnsResponse>;
}

/**
 * One question on its way through a chain. Plain data that no handler changes: one that wants another question asked passes a copy
 * on (`{ ...request, name }`). Opcode QUERY, one question; anything else is answered before the chain.
 */
export interface DnsRequest {
  readonly id: number;
  /** Lower-case uncompressed wire form. */
  readonly name: Uint8Array;
  /** The same name as the client wrote it; answers repeat it octet by octet. */
  readonly nameAsAsked: Uint8Array;
  readonly type: number;
  readonly class: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  readonly authenticData: boolean;
  /** `undefined`: the query has no OPT, and its answer gets none. */
  readonly edns: RequestEdns | undefined;
  readonly client: Client;
  /** Octets of the query, for logs and metrics. */
  readonly octets: number;
  /** How many times the question was exchanged for what an alias leads to, in another part of the server. Default 0. */
  readonly aliasesFollowed?: number;
  /** The client has shown with a server cookie of ours that its address is not forged (RFC 7873). Default false. */
  readonly validCookie?: boolean;
  /**
   * Set by `cache`. Handlers that ask other servers look here first; those that answer from memory do not, so that no change of our
   * own zones waits for a TTL.
   */
  readonly cache?: AnswerCache;
}
