import { dnsNameToWire } from '@seamark/common/model';

import { headerOctets, maxMessageOctets, optOctets } from './limits.ts';
import type { DnsMessage, Edns } from './message.ts';
import { MessageWriter } from './message-writer.ts';
import { checkRdata } from './presentation/rdata-check.ts';
import { encodeRecordData } from './rdata-encoder.ts';
import { writeRdata } from './rdata-layout.ts';
import { recordTypes } from './record-type.ts';
import type { ResourceRecord } from './resource-record.ts';

/** Options of {@link encodeMessageInto}. */
export interface EncodeOptions {
  /** Most octets that the message may take. Default: 65535, or the length of the buffer when that is less. */
  readonly limitOctets?: number;
}

const writer = new MessageWriter();
const scratch = new Uint8Array(maxMessageOctets);

/**
 * Writes a message into `buffer` and returns its length in octets. When it does not fit into the limit, whole RRsets (records in a
 * row with one owner, type and class) are left out from the end: additional ones first and silently; an RRset of the answer or
 * authority section sets TC and ends the message (RFC 2181 9). Questions and OPT always stay: a limit that they do not fit into
 * throws RangeError, as do values without a wire form; SM_NAME_INVALID for a text that is not a name.
 */
export function encodeMessageInto(buffer: Uint8Array, message: DnsMessage, options: EncodeOptions = {}): number {
  const limit = Math.min(options.limitOctets ?? maxMessageOctets, maxMessageOctets, buffer.length);
  if (message.responseCode > 15 && message.edns === undefined) throw new RangeError(`response code ${message.responseCode} needs EDNS`);
  writer.start(buffer, headerOctets, { caseSensitive: true });
  for (const question of message.questions) {
    writer.writeName(dnsNameToWire(question.name), true);
    writer.writeUint16(question.type);
    writer.writeUint16(question.class);
  }
  const roomEnd = limit - optLength(message.edns);
  if (writer.offset > roomEnd) throw new RangeError(`the questions and OPT do not fit into ${limit} octets`);

  const answers = writeSection(message.answers, roomEnd);
  const authorities = answers.complete ? writeSection(message.authorities, roomEnd) : nothing;
  const complete = answers.complete && authorities.complete;
  const additionals = complete ? writeSection(message.additionals, roomEnd) : nothing;
  if (message.edns !== undefined) writeOpt(message.edns, message.responseCode >>> 4);

  const end = writer.offset;
  writer.rollback(0);
  writer.writeUint16(message.id);
  writer.writeUint16(headerFlags(message) | (complete ? 0 : 0x0200));
  writer.writeUint16(message.questions.length);
  writer.writeUint16(answers.count);
  writer.writeUint16(authorities.count);
  writer.writeUint16(additionals.count + (message.edns === undefined ? 0 : 1));
  return end;
}

/** {@link encodeMessageInto} a buffer of its own. */
export function encodeMessage(message: DnsMessage, options: EncodeOptions = {}): Uint8Array {
  return scratch.slice(0, encodeMessageInto(scratch, message, options));
}

const nothing = { count: 0, complete: false };

function writeSection(records: readonly ResourceRecord[], end: number): { readonly count: number; readonly complete: boolean } {
  let rrsetStart = writer.offset;
  let rrsetFirst = 0;
  for (const [index, record] of records.entries()) {
    if (index > 0 && !sameRrset(records[index - 1] as ResourceRecord, record)) {
      rrsetStart = writer.offset;
      rrsetFirst = index;
    }
    writeRecord(record);
    if (writer.offset > end) {
      writer.rollback(rrsetStart);
      return { count: rrsetFirst, complete: false };
    }
  }
  return { count: records.length, complete: true };
}

function sameRrset(a: ResourceRecord, b: ResourceRecord): boolean {
  return a.type === b.type && a.class === b.class && a.name === b.name;
}

function writeRecord(record: ResourceRecord): void {
  const rdata = encodeRecordData(record.data);
  if (rdata.length > maxMessageOctets) throw new RangeError(`RDATA has at most ${maxMessageOctets} octets, not ${rdata.length}`);
  writer.writeName(dnsNameToWire(record.name), true);
  writer.writeUint16(record.type);
  writer.writeUint16(record.class);
  writer.writeUint32(record.ttl);
  if (record.data.type === 'OPAQUE' && rdata.length > 0) refuseWrongRdata(record.type, rdata);
  writeRdata(writer, record.type, rdata);
}

/** Names are found by the layout of the type, which RDATA that is not of the type would lead astray. */
function refuseWrongRdata(type: number, rdata: Uint8Array): void {
  const wrong = checkRdata(type, rdata);
  if (wrong !== undefined) throw new RangeError(`RDATA is not of its type: ${wrong.problem} at octet ${wrong.offset}`);
}

function optLength(edns: Edns | undefined): number {
  return edns === undefined ? 0 : edns.options.reduce((total, option) => total + 4 + option.data.length, optOctets);
}

function writeOpt(edns: Edns, extendedCode: number): void {
  writer.writeUint8(0);
  writer.writeUint16(recordTypes.OPT);
  writer.writeUint16(edns.udpPayloadSize);
  writer.writeUint8(extendedCode);
  writer.writeUint8(edns.version);
  writer.writeUint16(edns.dnssecOk ? 0x8000 : 0);
  writer.writeUint16(optLength(edns) - optOctets);
  for (const option of edns.options) {
    writer.writeUint16(option.code);
    writer.writeUint16(option.data.length);
    writer.writeOctets(option.data);
  }
}

function headerFlags(message: DnsMessage): number {
  return (
    (message.response ? 0x8000 : 0) |
    ((message.opcode & 15) << 11) |
    (message.authoritative ? 0x0400 : 0) |
    (message.truncated ? 0x0200 : 0) |
    (message.recursionDesired ? 0x0100 : 0) |
    (message.recursionAvailable ? 0x0080 : 0) |
    (message.authenticData ? 0x0020 : 0) |
    (message.checkingDisabled ? 0x0010 : 0) |
    (message.responseCode & 15)
  );
}
