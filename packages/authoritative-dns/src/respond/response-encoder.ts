import type { DnsRequest } from '../chain/request.ts';
import type { DnsResponse, RecordSet } from '../chain/response.ts';
import { headerOctets } from '../wire/limits.ts';
import type { EdnsOption } from '../wire/message.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import { classIn, responseCodes } from '../wire/protocol-codes.ts';
import { writeRdata } from '../wire/rdata-layout.ts';
import { recordTypes } from '../wire/record-type.ts';
import { extendedErrorOption, optionHeaderOctets, optionsWithin, optLength, writeOptRecord } from './edns-options.ts';

const foldCase = { caseSensitive: false } as const;
const noOptions: readonly EdnsOption[] = [];
/** A pointer to the question's name, which follows the header. */
const questionPointer = 0xc000 | headerOctets;

/** What the connection and the edge add to an answer. */
export interface EncodeContext {
  /** Most octets of the answer; not above the buffer's length. */
  readonly limit: number;
  /** Options of the server itself, before those of the response: cookie, keepalive. */
  readonly options: readonly EdnsOption[];
  /** Fills the answer up to a multiple of this many octets (RFC 8467 4.1); 0 = no padding. */
  readonly paddingBlock: number;
}

/**
 * Writes answers. One RRset after the other is written whole or not at all: one that the answer needs and that has no room ends the
 * message with TC; one that it does not need is left out silently (RFC 2181 9). OPT comes last and always has room.
 */
export class ResponseEncoder {
  /** Response code of the last answer: that of the response, unless it needs an OPT that the client did not send. */
  responseCode = 0;
  /** Whether the last answer has TC. */
  truncated = false;

  private readonly writer = new MessageWriter();
  private request: DnsRequest | undefined;
  private roomEnd = 0;
  private questionIsKnown = false;
  private records = 0;

  /** Writes the answer to `request` into `out`; returns its length. */
  encode(request: DnsRequest, response: DnsResponse, out: Uint8Array, context: EncodeContext): number {
    const { writer } = this;
    const { edns } = request;
    const questionEnd = writeQuestion(request, out);
    let options = noOptions;
    let optRoom = 0;
    if (edns !== undefined) {
      options = optionsWithin(allOptions(response, context.options), context.limit - questionEnd);
      optRoom = optLength(options);
    }
    this.request = request;
    this.roomEnd = context.limit - optRoom;
    this.questionIsKnown = false;
    this.truncated = response.truncated === true;
    writer.start(out, questionEnd, foldCase);

    const answers = this.writeSections(response.answers, response.answers.length);
    const isNeeded = authorityIsNeeded(response);
    const authorities = this.truncatedBySize ? 0 : this.writeSections(response.authorities, isNeeded ? response.authorities.length : 0);
    const additionals = this.truncatedBySize ? 0 : this.writeSections(response.additionals, response.requiredAdditionals ?? 0);
    this.request = undefined;

    let length = writer.offset;
    this.responseCode = edns === undefined && response.responseCode > 15 ? responseCodes.SERVFAIL : response.responseCode;
    if (edns !== undefined) {
      const padding = paddingOctets(length + optRoom, context);
      length = writeOptRecord(out, length, this.responseCode >>> 4, edns.dnssecOk, options, padding);
    }
    const flagsHigh =
      0x80 | (response.authoritative ? 0x04 : 0) | (this.truncated || this.truncatedBySize ? 0x02 : 0) | (request.recursionDesired ? 1 : 0);
    const flagsLow =
      (response.recursionAvailable === true ? 0x80 : 0) |
      (response.authenticData === true ? 0x20 : 0) |
      (request.checkingDisabled ? 0x10 : 0) |
      (this.responseCode & 15);
    this.truncated ||= this.truncatedBySize;
    this.truncatedBySize = false;
    writeHeader(out, request.id, flagsHigh, flagsLow, 1, answers, authorities, additionals + (edns === undefined ? 0 : 1));
    return length;
  }

  private truncatedBySize = false;

  /** Writes the sets of one section, of which the first `needed` set TC when they have no room; returns how many records there are. */
  private writeSections(sets: readonly RecordSet[], needed: number): number {
    this.records = 0;
    for (let index = 0; index < sets.length; index++) {
      if (this.writeSet(sets[index] as RecordSet)) continue;
      if (index < needed) this.truncatedBySize = true;
      break;
    }
    return this.records;
  }

  private writeSet(set: RecordSet): boolean {
    const { writer, roomEnd } = this;
    const request = this.request as DnsRequest;
    const start = writer.offset;
    const isQuestionName = set.owner === request.name || isSameName(set.owner, request.name);
    const recordClass = set.class ?? classIn;
    for (const rdata of set.rdata) {
      if (isQuestionName) writer.writeUint16(questionPointer);
      else this.writeOwner(set.owner, request);
      writer.writeUint16(set.type);
      writer.writeUint16(recordClass);
      writer.writeUint32(set.ttlSeconds);
      if (mayHoldNames(set.type)) {
        this.knowQuestion(request);
        writeRdata(writer, set.type, rdata);
      } else {
        writer.writeUint16(rdata.length);
        writer.writeOctets(rdata);
      }
      if (writer.offset > roomEnd) {
        writer.rollback(start);
        return false;
      }
    }
    this.records += set.rdata.length;
    return true;
  }

  private writeOwner(owner: Uint8Array, request: DnsRequest): void {
    this.knowQuestion(request);
    this.writer.writeName(owner, true);
  }

  /** Most answers have no other name than the question's: its suffixes are hashed only when one does. */
  private knowQuestion(request: DnsRequest): void {
    if (this.questionIsKnown) return;
    this.questionIsKnown = true;
    this.writer.rememberName(headerOctets, request.nameAsAsked.length);
  }
}

/**
 * Writes an answer to a query whose question cannot be repeated: the header and, if `options` is given, OPT. Opcode, RD and CD are
 * those of the query.
 */
export function encodeHeaderOnly(
  packet: Uint8Array,
  out: Uint8Array,
  responseCode: number,
  opt: { readonly dnssecOk: boolean; readonly options: readonly EdnsOption[] } | undefined,
): number {
  const id = ((packet[0] as number) << 8) | (packet[1] as number);
  const flagsHigh = 0x80 | ((packet[2] as number) & 0x79);
  const flagsLow = ((packet[3] as number) & 0x10) | (responseCode & 15);
  writeHeader(out, id, flagsHigh, flagsLow, 0, 0, 0, opt === undefined ? 0 : 1);
  return opt === undefined ? headerOctets : writeOptRecord(out, headerOctets, responseCode >>> 4, opt.dnssecOk, opt.options, -1);
}

function allOptions(response: DnsResponse, own: readonly EdnsOption[]): readonly EdnsOption[] {
  const { extendedErrors, ednsOptions } = response;
  if (extendedErrors === undefined && ednsOptions === undefined) return own;
  return [...own, ...(ednsOptions ?? []), ...(extendedErrors ?? []).map(extendedErrorOption)];
}

/** NS records beside an answer are a courtesy; those of a referral, the SOA of a negative answer and proofs are not. */
function authorityIsNeeded({ answers, authorities }: DnsResponse): boolean {
  const last = answers.at(-1)?.type;
  if (last === undefined || last === recordTypes.CNAME || last === recordTypes.DNAME) return true;
  return authorities.some(({ type }) => type !== recordTypes.NS);
}

function paddingOctets(length: number, { paddingBlock, limit }: EncodeContext): number {
  if (paddingBlock === 0) return -1;
  const whole = length + optionHeaderOctets;
  return Math.min(Math.ceil(whole / paddingBlock) * paddingBlock, limit) - whole;
}

/** Types without names in their RDATA that are asked for most; for the others, writing looks it up. */
function mayHoldNames(type: number): boolean {
  return type !== recordTypes.A && type !== recordTypes.AAAA && type !== recordTypes.TXT;
}

function isSameName(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) {
    let octet = one[at] as number;
    if (octet >= 0x41 && octet <= 0x5a) octet |= 0x20;
    if (octet !== other[at]) return false;
  }
  return true;
}

function writeQuestion({ nameAsAsked, type, class: questionClass }: DnsRequest, out: Uint8Array): number {
  let at = headerOctets;
  for (let index = 0; index < nameAsAsked.length; index++) out[at++] = nameAsAsked[index] as number;
  out[at++] = type >>> 8;
  out[at++] = type;
  out[at++] = questionClass >>> 8;
  out[at++] = questionClass;
  return at;
}

function writeHeader(
  out: Uint8Array,
  id: number,
  flagsHigh: number,
  flagsLow: number,
  questions: number,
  answers: number,
  authorities: number,
  additionals: number,
): void {
  out[0] = id >>> 8;
  out[1] = id;
  out[2] = flagsHigh;
  out[3] = flagsLow;
  out[4] = 0;
  out[5] = questions;
  out[6] = answers >>> 8;
  out[7] = answers;
  out[8] = authorities >>> 8;
  out[9] = authorities;
  out[10] = additionals >>> 8;
  out[11] = additionals;
}
