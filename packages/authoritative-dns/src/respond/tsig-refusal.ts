import { MalformedDnsError } from '../wire/malformed.ts';
import { decodeName } from '../wire/name-decoder.ts';
import { classAny, responseCodes } from '../wire/protocol-codes.ts';
import { uint16At } from '../wire/rdata-decoder.ts';
import { joinOctets, uint16 } from '../wire/rdata-encoder.ts';
import { recordTypes } from '../wire/record-type.ts';

/** Time signed and fudge, which the answer repeats (RFC 8945 5.3.2). */
const timeOctets = 6 + 2;

/**
 * The TSIG record that says BADKEY, unsigned (RFC 8945 5.2.1, 5.3.2): what a client who signed gets of a server without keys. `at` is where
 * the query's TSIG starts; `undefined` when that cannot be read or is not the last record.
 */
export function badKeyRecord(query: Uint8Array, at: number): Uint8Array | undefined {
  try {
    const key = decodeName(query, at, query.length);
    const rdata = key.end + 10;
    const end = rdata + uint16At(query, key.end + 8);
    const algorithm = decodeName(query, rdata, end);
    const mac = algorithm.end + timeOctets;
    const afterMac = mac + 2 + uint16At(query, mac);
    if (end !== query.length || afterMac + 6 > end || afterMac + 6 + uint16At(query, afterMac + 4) !== end) return undefined;
    const answer = joinOctets([
      algorithm.wire,
      query.subarray(algorithm.end, mac),
      uint16(0), // no MAC
      query.subarray(afterMac, afterMac + 2), // original id
      uint16(responseCodes.BADKEY),
      uint16(0),
    ]);
    const head = [recordTypes.TSIG, classAny, 0, 0, answer.length].map(uint16);
    return joinOctets([key.wire, ...head, answer]);
  } catch (error) {
    if (error instanceof MalformedDnsError) return undefined;
    throw error;
  }
}

/** Puts a record behind all others of an answer of `length` octets; returns its new length. */
export function appendRecord(answer: Uint8Array, length: number, record: Uint8Array): number {
  answer.set(record, length);
  const additionals = uint16At(answer, 10) + 1;
  answer[10] = additionals >>> 8;
  answer[11] = additionals;
  return length + record.length;
}
