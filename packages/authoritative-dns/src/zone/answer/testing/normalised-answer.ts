import { dnsNameFromWire } from '@seamark/common/model';

import type { DnsResponse, RecordSet } from '../../../chain/response.ts';
import type { DnsMessage } from '../../../wire/message.ts';
import { decodeMessage } from '../../../wire/message-decoder.ts';
import { encodeMessage } from '../../../wire/message-encoder.ts';
import { responseCodeName } from '../../../wire/protocol-codes.ts';
import { formatRecord } from '../../../wire/record-text.ts';
import type { ResourceRecord } from '../../../wire/resource-record.ts';

/** An answer without what servers may do as they like: the order of records, and the case of names. */
export interface NormalisedAnswer {
  readonly rcode: string;
  readonly aa: boolean;
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
}

/** Normalises what a server sent. */
export function normalise(message: DnsMessage): NormalisedAnswer {
  return {
    rcode: responseCodeName(message.responseCode),
    aa: message.authoritative,
    answer: lines(message.answers),
    authority: lines(message.authorities),
    additional: lines(message.additionals),
  };
}

/** Normalises an answer of ours, by way of the wire. */
export function normaliseResponse(response: DnsResponse): NormalisedAnswer {
  const message: DnsMessage = {
    id: 0,
    response: true,
    opcode: 0,
    authoritative: response.authoritative,
    truncated: false,
    recursionDesired: false,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    responseCode: response.responseCode,
    questions: [],
    answers: response.answers.flatMap(recordsOf),
    authorities: response.authorities.flatMap(recordsOf),
    additionals: response.additionals.flatMap(recordsOf),
  };
  return normalise(decodeMessage(encodeMessage(message)));
}

function recordsOf({ owner, type, ttlSeconds, rdata }: RecordSet): ResourceRecord[] {
  const name = dnsNameFromWire(owner);
  return rdata.map((octets) => ({ name, type, class: 1, ttl: ttlSeconds, data: { type: 'OPAQUE', octets } }));
}

function lines(records: readonly ResourceRecord[]): string[] {
  return records.map((record) => formatRecord(record).toLowerCase()).toSorted();
}
