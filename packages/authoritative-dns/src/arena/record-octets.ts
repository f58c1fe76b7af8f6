import type { DnsRequest } from '../chain/request.ts';
import type { DnsResponse, RecordSet } from '../chain/response.ts';
import { ResponseEncoder } from '../respond/response-encoder.ts';
import { headerOctets, maxMessageOctets } from '../wire/limits.ts';
import { classIn } from '../wire/protocol-codes.ts';
import { rdataLayout } from '../wire/rdata-layout.ts';
import { isSameName } from '../zone/answer/names.ts';
import type { Rrset } from '../zone/tree/index.ts';

const encoder = new ResponseEncoder();
const message = new Uint8Array(maxMessageOctets);
const noAddress = new Uint8Array(4);
const client = { transport: 'tcp', address: noAddress, port: 0, localAddress: undefined, localPort: 0 } as const;
const context = { limit: maxMessageOctets, options: [], paddingBlock: 0 } as const;
/** Name, type, class, TTL and RDLENGTH of a record whose name is a pointer. */
const recordHeaderOctets = 12;

/** Whether names in the RDATA of a type are written as pointers where the message has them already. */
export function isCompressed(type: number): boolean {
  return rdataLayout(type)?.compress === true;
}

/** Octets of an RRset behind a question for its name, without compression of what its RDATA holds. Valid until the next call. */
export function plainOctets(rrset: Rrset): Uint8Array {
  let at = 0;
  for (const rdata of rrset.rdata) {
    if (at + recordHeaderOctets + rdata.length > message.length) return message; // too many for any answer: see compileNode
    message[at] = 0xc0;
    message[at + 1] = headerOctets;
    message[at + 2] = rrset.type >>> 8;
    message[at + 3] = rrset.type;
    message[at + 4] = 0;
    message[at + 5] = classIn;
    message[at + 6] = rrset.ttlSeconds >>> 24;
    message[at + 7] = rrset.ttlSeconds >>> 16;
    message[at + 8] = rrset.ttlSeconds >>> 8;
    message[at + 9] = rrset.ttlSeconds;
    message[at + 10] = rdata.length >>> 8;
    message[at + 11] = rdata.length;
    at += recordHeaderOctets;
    if (rdata.length > 64) message.set(rdata, at);
    else for (let index = 0; index < rdata.length; index++) message[at + index] = rdata[index] as number;
    at += rdata.length;
  }
  return message.subarray(0, at);
}

/** Octets of an RRset behind a question for `name`, as the encoder of answers writes them. Valid until the next call. */
export function encodedOctets(name: Uint8Array, set: RecordSet): Uint8Array {
  const response = { responseCode: 0, authoritative: true, answers: [set], authorities: [], additionals: [], by: '' };
  const length = encoder.encode(requestFor(name, set.type), response, message, context);
  return encoder.truncated ? message : message.subarray(headerOctets + name.length + 4, length);
}

/** What stands behind the question of an answer, and how many records its sections have. */
export interface MessageOctets {
  readonly octets: Uint8Array;
  readonly counts: readonly [answers: number, authorities: number, additionals: number];
}

/** A whole answer to a question for `name`, as the encoder of answers writes it; `undefined` = it is too large. */
export function messageOctets(name: Uint8Array, type: number, response: DnsResponse): MessageOctets | undefined {
  const length = encoder.encode(requestFor(name, type), response, message, context);
  const countAt = (at: number): number => ((message[at] as number) << 8) | (message[at + 1] as number);
  if (encoder.truncated) return undefined;
  return { octets: message.slice(headerOctets + name.length + 4, length), counts: [countAt(6), countAt(8), countAt(10)] };
}

/** The same without pointers to anything but the start of the question's name, so that it holds for names of any length. */
export function plainMessageOctets(name: Uint8Array, { answers, authorities, additionals }: DnsResponse): MessageOctets | undefined {
  const parts: Uint8Array[] = [];
  const count = (sets: readonly RecordSet[]): number => {
    let records = 0;
    for (const { owner, type, ttlSeconds, rdata } of sets) {
      const isOwn = isSameName(owner, name);
      for (const octets of rdata) {
        const plain = plainOctets({ type, ttlSeconds, rdata: [octets] }).slice();
        parts.push(...(isOwn ? [plain] : [owner, plain.subarray(2)]));
        records++;
      }
    }
    return records;
  };
  const counts = [count(answers), count(authorities), count(additionals)] as const;
  const octets = Buffer.concat(parts);
  return octets.length > maxMessageOctets ? undefined : { octets, counts };
}

function requestFor(name: Uint8Array, type: number): DnsRequest {
  return {
    id: 0,
    name,
    nameAsAsked: name,
    type,
    class: classIn,
    recursionDesired: false,
    checkingDisabled: false,
    authenticData: false,
    edns: undefined,
    client,
    octets: 0,
  };
}
