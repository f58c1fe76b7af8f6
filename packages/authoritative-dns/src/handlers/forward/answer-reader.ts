import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse, ExtendedError } from '../../chain/response.ts';
import { headerOctets } from '../../wire/limits.ts';
import { MalformedDnsError } from '../../wire/malformed.ts';
import type { EdnsOption } from '../../wire/message.ts';
import { lowerCaseOctet } from '../../wire/message-writer.ts';
import { decodeName } from '../../wire/name-decoder.ts';
import { readRdata } from '../../wire/rdata-layout.ts';
import { recordTypes } from '../../wire/record-type.ts';
import { endToEndOptions } from './hop-by-hop-options.ts';
import { type ReceivedRecord, recordSetsOf } from './record-sets.ts';

/** Why octets from an upstream are not the answer to a question of ours. */
export type AnswerProblem = 'not_an_answer' | 'other_question' | 'malformed';

const extendedErrorCode = 15;
const largestTtlSeconds = 0x7fffffff;
const utf8 = new TextDecoder();

/** The ID of a message, or `undefined` when it has no header. */
export function idOf(octets: Uint8Array): number | undefined {
  return octets.length < headerOctets ? undefined : ((octets[0] as number) << 8) | (octets[1] as number);
}

/**
 * Reads what an upstream sent as the answer to `request`. Its ID has been compared by who knows under which one was asked. An answer
 * must be a response with opcode QUERY to the very question, letters in any case; only FORMERR and NOTIMP may come without one.
 */
export function readAnswer(message: Uint8Array, request: DnsRequest): DnsResponse | AnswerProblem {
  if (message.length < headerOctets) return 'malformed';
  // Not a Buffer, whose slices would be views of memory that is used again.
  const octets = new Uint8Array(message.buffer, message.byteOffset, message.length);
  const flagsHigh = octets[2] as number;
  const flagsLow = octets[3] as number;
  if ((flagsHigh & 0xf8) !== 0x80) return 'not_an_answer';
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const questions = view.getUint16(4);
  const lowCode = flagsLow & 0x0f;
  let at = headerOctets;
  if (questions === 1) {
    if (!isQuestion(octets, request)) return 'other_question';
    at += request.name.length + 4;
  } else if (questions !== 0 || (lowCode !== 1 && lowCode !== 4)) {
    return 'other_question';
  }
  try {
    const answers = readRecords(octets, view, at, view.getUint16(6));
    const authorities = readRecords(octets, view, answers.end, view.getUint16(8));
    const additionals = readRecords(octets, view, authorities.end, view.getUint16(10), true);
    const opt = additionals.opt;
    return {
      responseCode: lowCode | ((opt?.extendedCode ?? 0) << 4),
      authoritative: (flagsHigh & 0x04) !== 0,
      recursionAvailable: (flagsLow & 0x80) !== 0,
      authenticData: (flagsLow & 0x20) !== 0,
      ...((flagsHigh & 0x02) === 0 ? {} : { truncated: true }),
      answers: recordSetsOf(answers.records),
      authorities: recordSetsOf(authorities.records),
      additionals: recordSetsOf(additionals.records),
      ...(opt === undefined ? {} : optParts(opt.options)),
      by: 'forward',
    };
  } catch (error) {
    if (error instanceof MalformedDnsError) return 'malformed';
    throw error;
  }
}

function isQuestion(octets: Uint8Array, { name, type, class: questionClass }: DnsRequest): boolean {
  const end = headerOctets + name.length;
  if (octets.length < end + 4) return false;
  for (let at = 0; at < name.length; at++) {
    if (lowerCaseOctet(octets[headerOctets + at] as number) !== name[at]) return false;
  }
  return uint16(octets, end) === type && uint16(octets, end + 2) === questionClass;
}

interface ReadSection {
  readonly records: ReceivedRecord[];
  readonly end: number;
  readonly opt?: { readonly extendedCode: number; readonly options: readonly EdnsOption[] };
}

/** Records that speak of the message rather than of data (OPT, TSIG, SIG(0)) are not among the records. */
function readRecords(octets: Uint8Array, view: DataView, start: number, count: number, additional = false): ReadSection {
  const records: ReceivedRecord[] = [];
  let opt: ReadSection['opt'];
  let at = start;
  for (let index = 0; index < count; index++) {
    const owner = decodeName(octets, at, octets.length);
    const fields = owner.end;
    if (fields + 10 > octets.length) throw new MalformedDnsError('record_ends_early', at);
    const type = uint16(octets, fields);
    const rdataAt = fields + 10;
    const end = rdataAt + uint16(octets, fields + 8);
    if (end > octets.length) throw new MalformedDnsError('record_ends_early', fields);
    at = end;
    if (additional && type === recordTypes.OPT) {
      opt ??= { extendedCode: octets[fields + 4] as number, options: readOptions(octets, rdataAt, end) };
      continue;
    }
    if (additional && (type === recordTypes.TSIG || type === recordTypes.SIG)) continue;
    const ttl = view.getUint32(fields + 4);
    records.push({
      owner: owner.wire,
      type,
      class: uint16(octets, fields + 2),
      ttlSeconds: ttl > largestTtlSeconds ? 0 : ttl, // RFC 2181 8
      rdata: readRdata(octets, type, rdataAt, end),
    });
  }
  return opt === undefined ? { records, end: at } : { records, end: at, opt };
}

function readOptions(octets: Uint8Array, start: number, end: number): EdnsOption[] {
  const options: EdnsOption[] = [];
  for (let at = start; at < end;) {
    if (at + 4 > end) throw new MalformedDnsError('opt_options', at);
    const stop = at + 4 + uint16(octets, at + 2);
    if (stop > end) throw new MalformedDnsError('opt_options', at);
    options.push({ code: uint16(octets, at), data: octets.slice(at + 4, stop) });
    at = stop;
  }
  return options;
}

function optParts(received: readonly EdnsOption[]): Pick<DnsResponse, 'extendedErrors' | 'ednsOptions'> {
  const extendedErrors: ExtendedError[] = received
    .filter(({ code, data }) => code === extendedErrorCode && data.length >= 2)
    .map(({ data }) => ({ code: uint16(data, 0), ...(data.length > 2 ? { text: utf8.decode(data.subarray(2)) } : {}) }));
  const ednsOptions = endToEndOptions(received).filter(({ code }) => code !== extendedErrorCode);
  return { ...(extendedErrors.length === 0 ? {} : { extendedErrors }), ...(ednsOptions.length === 0 ? {} : { ednsOptions }) };
}

function uint16(octets: Uint8Array, at: number): number {
  return ((octets[at] as number) << 8) | (octets[at + 1] as number);
}
