import type { DnsRequest } from '../chain/request.ts';
import type { RecordSet } from '../chain/response.ts';
import { ResponseEncoder } from '../respond/response-encoder.ts';
import { headerOctets, maxMessageOctets } from '../wire/limits.ts';
import { classIn } from '../wire/protocol-codes.ts';
import { rdataLayout } from '../wire/rdata-layout.ts';
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
  const request: DnsRequest = {
    id: 0,
    name,
    nameAsAsked: name,
    type: set.type,
    class: classIn,
    recursionDesired: false,
    checkingDisabled: false,
    authenticData: false,
    edns: undefined,
    client,
    octets: 0,
  };
  const response = { responseCode: 0, authoritative: true, answers: [set], authorities: [], additionals: [], by: '' };
  const length = encoder.encode(request, response, message, context);
  return encoder.truncated ? message : message.subarray(headerOctets + name.length + 4, length);
}
