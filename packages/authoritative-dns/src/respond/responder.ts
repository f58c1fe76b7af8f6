import { headerOctets, maxMessageOctets, minUdpPayloadOctets, optOctets, ownUdpPayloadOctets } from '../wire/limits.ts';
import type { MalformedCause } from '../wire/malformed.ts';
import { classIn, extendedErrors, responseCodes } from '../wire/protocol-codes.ts';
import { QueryView, readQuery } from '../wire/query-reader.ts';
import { recordTypes } from '../wire/record-type.ts';
import type { NameNode } from '../zone/name-node.ts';
import { createRrset, type Rrset, rrsetOfType } from '../zone/rrset.ts';
import type { ZoneIndex } from '../zone/zone-index.ts';
import { type Zone, writeNegativeSoa } from '../zone/zone.ts';
import { AnswerWriter } from './answer-writer.ts';
import { writeOpt } from './opt-writer.ts';

/** Why a packet gets no answer; also the value of the `reason` label. */
export const dropReasons = ['too_short', 'is_response'] as const;

/** One of {@link dropReasons}. */
export type DropReason = (typeof dropReasons)[number];

/** HINFO "RFC8482" "", which stands for all records of a name in answers to ANY (RFC 8482 4.2). */
const anyHinfo = createRrset(recordTypes.HINFO, 3600, [Uint8Array.of(7, ...Buffer.from('RFC8482'), 0)]);

const authoritative = 0x0400;
const truncated = 0x0200;
const noExtendedError = -1;

/**
 * Turns a query into a response, in memory and without waiting. What it found out about the last query stands in its fields, for
 * the counters of the caller.
 *
 * The answer to a name that exists is one look-up and a copy of prepared octets; aliases, RRsets with additional records and
 * everything rare go through {@link AnswerWriter}.
 */
export class Responder {
  /** Zone of the last answer; `undefined` when it was refused before a zone was known. */
  zone: Zone | undefined;
  /** Type of the last question; 0 when there was none to read. */
  type = 0;
  /** Response code of the last answer, extended bits included. */
  responseCode = 0;
  /** Why the last packet was dropped, when {@link respond} returned 0. */
  dropReason: DropReason = 'too_short';
  /** What was malformed about the last packet, if anything. */
  malformed: MalformedCause | undefined;

  private readonly index: ZoneIndex;
  private readonly isReady: () => boolean;
  private readonly view = new QueryView();
  private readonly writer: AnswerWriter;

  /** `isReady` false: every question is answered with SERVFAIL and the extended error Not Ready. */
  constructor(index: ZoneIndex, isReady: () => boolean) {
    this.index = index;
    this.isReady = isReady;
    this.writer = new AnswerWriter(index);
  }

  /**
   * Writes the response to `query` into `out` (65,535 octets) and returns its length; 0 = the packet is not answered. `stream`
   * lifts the size limits of UDP.
   */
  respond(query: Uint8Array, out: Uint8Array, stream: boolean): number {
    const { view } = this;
    this.zone = undefined;
    this.malformed = undefined;
    this.type = 0;
    if (query.length < headerOctets) return this.drop('too_short');
    if (((query[2] as number) & 0x80) !== 0) return this.drop('is_response');
    view.hasEdns = false;
    // What follows the header of another opcode is not ours to read.
    if (((query[2] as number) & 0x78) !== 0) return this.finish(query, out, headerOctets, 0, responseCodes.NOTIMP, 0, 0, 0);

    this.malformed = readQuery(query, view);
    if (this.malformed !== undefined || view.questions !== 1) {
      return this.finish(query, out, headerOctets, 0, responseCodes.FORMERR, 0, 0, 0);
    }
    this.type = view.type;
    const questionEnd = headerOctets + view.nameLength + 4;
    for (let at = headerOctets; at < questionEnd; at++) out[at] = query[at] as number;
    if (view.ednsVersion > 0) return this.finish(query, out, questionEnd, 0, responseCodes.BADVERS, 0, 0, 0);
    if (view.class !== classIn) return this.finish(query, out, questionEnd, 0, responseCodes.REFUSED, 0, 0, 0);
    if (!this.isReady()) return this.fail(query, out, questionEnd, responseCodes.SERVFAIL, extendedErrors.notReady);
    if (view.type >= recordTypes.TKEY && view.type < recordTypes.ANY) return this.metaType(query, out, questionEnd);
    if (view.type === recordTypes.OPT) return this.fail(query, out, questionEnd, responseCodes.FORMERR, noExtendedError);

    const { zone, node } = this.index.find(view.name, view.nameLength, view.labelStarts, view.labels);
    this.zone = zone;
    if (zone === undefined) return this.fail(query, out, questionEnd, responseCodes.REFUSED, extendedErrors.notAuthoritative);
    const limit = stream
      ? maxMessageOctets
      : Math.max(minUdpPayloadOctets, Math.min(view.hasEdns ? view.udpPayloadSize : 0, ownUdpPayloadOctets));
    const roomEnd = view.hasEdns ? limit - optOctets : limit;
    if (node === undefined) return this.negative(query, out, questionEnd, roomEnd, zone, responseCodes.NXDOMAIN);
    return this.existing(query, out, questionEnd, roomEnd, zone, node);
  }

  private existing(query: Uint8Array, out: Uint8Array, at: number, roomEnd: number, zone: Zone, node: NameNode): number {
    const { type } = this.view;
    const rrsets = this.index.rrsetsOf(node);
    const rrset = type === recordTypes.SOA && node.isApex ? this.index.soaOf(zone) : rrsetOfType(rrsets, type);
    if (rrset !== undefined && rrset.additionalNames === undefined) return this.copy(query, out, at, roomEnd, rrset);
    const alias = rrset === undefined ? rrsetOfType(rrsets, recordTypes.CNAME) : undefined;
    if (type === recordTypes.ANY) {
      if (alias !== undefined) return this.copy(query, out, at, roomEnd, alias);
      if (rrsets.length > 0) return this.copy(query, out, at, roomEnd, anyHinfo);
    }
    if (rrset === undefined && alias === undefined) return this.negative(query, out, at, roomEnd, zone, responseCodes.NOERROR);
    const result = this.writer.write(out, at, roomEnd, this.view, node, rrset, alias);
    return this.finish(
      query,
      out,
      result.end,
      authoritative | (result.truncated ? truncated : 0),
      result.responseCode,
      result.answers,
      result.authorities,
      result.additionals,
    );
  }

  private copy(query: Uint8Array, out: Uint8Array, at: number, roomEnd: number, rrset: Rrset): number {
    const { answer } = rrset;
    const { length } = answer;
    if (at + length > roomEnd) return this.finish(query, out, at, authoritative | truncated, responseCodes.NOERROR, 0, 0, 0);
    if (length > 128) out.set(answer, at);
    else for (let index = 0; index < length; index++) out[at + index] = answer[index] as number;
    return this.finish(query, out, at + length, authoritative, responseCodes.NOERROR, rrset.rdata.length, 0, 0);
  }

  private negative(query: Uint8Array, out: Uint8Array, at: number, roomEnd: number, zone: Zone, responseCode: number): number {
    if (at + zone.negativeSoa.octets.length > roomEnd) return this.finish(query, out, at, authoritative | truncated, responseCode, 0, 0, 0);
    const zoneNameAt = headerOctets + this.view.nameLength - zone.apex.length;
    const length = writeNegativeSoa(zone, this.index.serial, out, at, zoneNameAt);
    return this.finish(query, out, at + length, authoritative, responseCode, 0, 1, 0);
  }

  /** Types that are no data (RFC 6895 3.1): transfers are refused, obsolete ones not implemented, TSIG and TKEY nonsense as a question. */
  private metaType(query: Uint8Array, out: Uint8Array, at: number): number {
    const { type } = this.view;
    if (type === recordTypes.AXFR || type === recordTypes.IXFR) {
      return this.fail(query, out, at, responseCodes.REFUSED, extendedErrors.notSupported);
    }
    const obsolete = type === recordTypes.MAILA || type === recordTypes.MAILB;
    return this.fail(query, out, at, obsolete ? responseCodes.NOTIMP : responseCodes.FORMERR, noExtendedError);
  }

  private drop(reason: DropReason): 0 {
    this.dropReason = reason;
    return 0;
  }

  /** An answer without records that says why (RFC 8914), as far as the client takes EDNS. */
  private fail(query: Uint8Array, out: Uint8Array, at: number, responseCode: number, extendedError: number): number {
    return this.finish(query, out, at, 0, responseCode, 0, 0, 0, extendedError);
  }

  private finish(
    query: Uint8Array,
    out: Uint8Array,
    end: number,
    flags: number,
    responseCode: number,
    answers: number,
    authorities: number,
    additionals: number,
    extendedError = noExtendedError,
  ): number {
    const { view } = this;
    this.responseCode = responseCode;
    let length = end;
    if (view.hasEdns) length = writeOpt(out, end, responseCode >>> 4, view.dnssecOk, extendedError);
    // ID, opcode, RD and CD are copied (RFC 1035 4.1.1, RFC 4035 3.2.2); RA, AD and the reserved bit are 0.
    out[0] = query[0] as number;
    out[1] = query[1] as number;
    out[2] = 0x80 | ((query[2] as number) & 0x79) | (flags >>> 8);
    out[3] = ((query[3] as number) & 0x10) | (responseCode & 15);
    out[4] = 0;
    out[5] = end > headerOctets ? 1 : 0;
    out[6] = answers >>> 8;
    out[7] = answers;
    out[8] = authorities >>> 8;
    out[9] = authorities;
    const inAdditional = additionals + (view.hasEdns ? 1 : 0);
    out[10] = inAdditional >>> 8;
    out[11] = inAdditional;
    return length;
  }
}
