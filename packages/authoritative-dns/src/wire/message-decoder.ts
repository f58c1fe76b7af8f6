import { headerOctets } from './limits.ts';
import { MalformedDnsError } from './malformed.ts';
import type { DnsMessage, Edns, EdnsOption, Question } from './message.ts';
import { decodeNameText } from './name-decoder.ts';
import { classNone } from './protocol-codes.ts';
import { decodeRecordData, uint16At, uint32At } from './rdata-decoder.ts';
import { recordTypes } from './record-type.ts';
import type { ResourceRecord } from './resource-record.ts';

/**
 * Reads a whole message; the result holds copies. Throws {@link MalformedDnsError} and nothing else, whatever the octets are; the time it takes is
 * bounded by the message's length times the 255 octets of a name.
 */
export function decodeMessage(octets: Uint8Array): DnsMessage {
  // A Buffer's slices are views: what is decoded must not change when a buffer is used again.
  const message = Buffer.isBuffer(octets) ? new Uint8Array(octets.buffer, octets.byteOffset, octets.byteLength) : octets;
  if (message.length < headerOctets) throw new MalformedDnsError('too_short', message.length);
  const flags = uint16At(message, 2);
  const reader: Reader = { message, at: headerOctets, opt: undefined };
  const questions: Question[] = [];
  for (let count = uint16At(message, 4); count > 0; count--) questions.push(readQuestion(reader));
  const answers = readRecords(reader, uint16At(message, 6), false);
  const authorities = readRecords(reader, uint16At(message, 8), false);
  const additionals = readRecords(reader, uint16At(message, 10), true);
  if (reader.at !== message.length) throw new MalformedDnsError('trailing_octets', reader.at);
  const { opt } = reader;
  return {
    id: uint16At(message, 0),
    response: (flags & 0x8000) !== 0,
    opcode: (flags >>> 11) & 15,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    authenticData: (flags & 0x0020) !== 0,
    checkingDisabled: (flags & 0x0010) !== 0,
    responseCode: ((opt?.extendedCode ?? 0) << 4) | (flags & 15),
    questions,
    answers,
    authorities,
    additionals,
    ...(opt === undefined ? {} : { edns: opt.edns }),
  };
}

interface Reader {
  readonly message: Uint8Array;
  at: number;
  opt: { readonly edns: Edns; readonly extendedCode: number } | undefined;
}

function readQuestion(reader: Reader): Question {
  const { message } = reader;
  const { name, end } = decodeNameText(message, reader.at, message.length);
  if (end + 4 > message.length) throw new MalformedDnsError('record_ends_early', end);
  reader.at = end + 4;
  return { name, type: uint16At(message, end), class: uint16At(message, end + 2) };
}

function readRecords(reader: Reader, count: number, additional: boolean): ResourceRecord[] {
  const { message } = reader;
  const records: ResourceRecord[] = [];
  for (let left = count; left > 0; left--) {
    const start = reader.at;
    const { name, end } = decodeNameText(message, start, message.length);
    const rdata = end + 10;
    if (rdata > message.length) throw new MalformedDnsError('record_ends_early', end);
    const stop = rdata + uint16At(message, end + 8);
    if (stop > message.length) throw new MalformedDnsError('record_ends_early', end + 8);
    const type = uint16At(message, end);
    if (type === recordTypes.OPT) {
      // RFC 6891 6.1.1.
      if (!additional) throw new MalformedDnsError('opt_section', start);
      if (name !== '.') throw new MalformedDnsError('opt_owner', start);
      if (reader.opt !== undefined) throw new MalformedDnsError('opt_twice', start);
      reader.opt = readOpt(message, end, rdata, stop);
    } else {
      const recordClass = uint16At(message, end + 2);
      // Updates name whole RRsets by class ANY or NONE without RDATA (RFC 2136 2.4, 2.5).
      const data = decodeRecordData(message, type, rdata, stop, recordClass >= classNone);
      records.push({ name, type, class: recordClass, ttl: uint32At(message, end + 4), data });
    }
    reader.at = stop;
  }
  return records;
}

/** OPT: the class is the payload size, the TTL is extended code, version and flags (RFC 6891 6.1.3). */
function readOpt(message: Uint8Array, fields: number, rdata: number, stop: number): NonNullable<Reader['opt']> {
  const options: EdnsOption[] = [];
  for (let at = rdata; at < stop;) {
    if (at + 4 > stop) throw new MalformedDnsError('opt_options', at);
    const end = at + 4 + uint16At(message, at + 2);
    if (end > stop) throw new MalformedDnsError('opt_options', at);
    options.push({ code: uint16At(message, at), data: message.slice(at + 4, end) });
    at = end;
  }
  return {
    extendedCode: message[fields + 4] as number,
    edns: {
      udpPayloadSize: uint16At(message, fields + 2),
      version: message[fields + 5] as number,
      dnssecOk: (uint16At(message, fields + 6) & 0x8000) !== 0,
      options,
    },
  };
}
