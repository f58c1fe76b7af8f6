import { headerOctets } from '../wire/limits.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import { classIn, responseCodes } from '../wire/protocol-codes.ts';
import type { QueryView } from '../wire/query-reader.ts';
import { writeRdata } from '../wire/rdata-layout.ts';
import { recordTypes } from '../wire/record-type.ts';
import type { NameNode } from '../zone/name-node.ts';
import { type Rrset, rrsetOfType } from '../zone/rrset.ts';
import type { ZoneIndex } from '../zone/zone-index.ts';
import type { Zone } from '../zone/zone.ts';

/** Aliases followed for one question; resolvers give up at about as many. What was found so far is then the answer. */
const maxAliases = 16;

const foldCase = { caseSensitive: false } as const;
const addressTypes = [recordTypes.A, recordTypes.AAAA] as const;

/** What {@link AnswerWriter.write} has written; overwritten by the next call. */
export interface WrittenAnswer {
  end: number;
  responseCode: number;
  truncated: boolean;
  answers: number;
  authorities: number;
  additionals: number;
}

/** Writes answers of more than one RRset: chains of aliases, negative ends of chains, and additional addresses. */
export class AnswerWriter {
  private readonly index: ZoneIndex;
  private readonly writer = new MessageWriter();
  private readonly result: WrittenAnswer = { end: 0, responseCode: 0, truncated: false, answers: 0, authorities: 0, additionals: 0 };
  private roomEnd = 0;

  constructor(index: ZoneIndex) {
    this.index = index;
  }

  /**
   * Writes behind a question that ends at `at`: `rrset`, else the alias and what it leads to in our zones. The response code is
   * that of the end of the chain (RFC 6604); a chain that leaves our zones, or is a loop, ends in NOERROR with its aliases. An RRset
   * of the answer that does not fit sets TC and ends the message; additional ones are left out silently (RFC 2181 9).
   */
  write(
    out: Uint8Array,
    at: number,
    roomEnd: number,
    view: QueryView,
    node: NameNode,
    rrset: Rrset | undefined,
    alias: Rrset | undefined,
  ): WrittenAnswer {
    const { result, writer } = this;
    result.responseCode = responseCodes.NOERROR;
    result.truncated = false;
    result.answers = result.authorities = result.additionals = 0;
    this.roomEnd = roomEnd;
    writer.start(out, at, foldCase);
    writer.rememberName(headerOctets, view.nameLength);
    const questionName = view.name.subarray(0, view.nameLength);
    if (rrset !== undefined) this.answerAndAdditional(questionName, rrset);
    else this.followAliases(questionName, view.type, node, alias as Rrset);
    result.end = writer.offset;
    return result;
  }

  private followAliases(questionName: Uint8Array, type: number, start: NameNode, first: Rrset): void {
    const passed: NameNode[] = [start];
    let owner = questionName;
    let alias = first;
    for (;;) {
      if (!this.writeAnswer(owner, alias)) return;
      const target = alias.rdata[0] as Uint8Array;
      const { zone, node } = this.index.findName(target);
      if (zone === undefined) return;
      if (node === undefined) return this.writeNegative(zone, responseCodes.NXDOMAIN);
      // A node has one alias, so coming back to it can only go round.
      if (passed.includes(node) || passed.length === maxAliases) return;
      passed.push(node);
      const rrsets = this.index.rrsetsOf(node);
      const rrset = type === recordTypes.SOA && node.isApex ? this.index.soaOf(zone) : rrsetOfType(rrsets, type);
      if (rrset !== undefined) return this.answerAndAdditional(target, rrset);
      const next = rrsetOfType(rrsets, recordTypes.CNAME);
      if (next === undefined) return this.writeNegative(zone, responseCodes.NOERROR);
      owner = target;
      alias = next;
    }
  }

  private answerAndAdditional(owner: Uint8Array, rrset: Rrset): void {
    if (!this.writeAnswer(owner, rrset) || rrset.additionalNames === undefined) return;
    const done: Uint8Array[] = [];
    for (const name of rrset.additionalNames) {
      if (done.some((other) => Buffer.compare(other, name) === 0)) continue;
      done.push(name);
      const { node } = this.index.findName(name);
      if (node === undefined) continue;
      const rrsets = this.index.rrsetsOf(node);
      for (const type of addressTypes) {
        const addresses = rrsetOfType(rrsets, type);
        if (addresses === undefined) continue;
        if (!this.writeRrset(name, addresses)) return;
        this.result.additionals += addresses.rdata.length;
      }
    }
  }

  private writeAnswer(owner: Uint8Array, rrset: Rrset): boolean {
    if (!this.writeRrset(owner, rrset)) {
      this.result.truncated = true;
      return false;
    }
    this.result.answers += rrset.rdata.length;
    return true;
  }

  private writeNegative(zone: Zone, responseCode: number): void {
    this.result.responseCode = responseCode;
    const soa = { ...this.index.soaOf(zone), ttlSeconds: zone.negativeTtlSeconds };
    if (this.writeRrset(zone.apex, soa)) this.result.authorities++;
    else this.result.truncated = true;
  }

  /** Writes all records of the set or, when they do not fit, none. */
  private writeRrset(owner: Uint8Array, rrset: Rrset): boolean {
    const { writer } = this;
    const start = writer.offset;
    for (const rdata of rrset.rdata) {
      writer.writeName(owner, true);
      writer.writeUint16(rrset.type);
      writer.writeUint16(classIn);
      writer.writeUint32(rrset.ttlSeconds);
      writeRdata(writer, rrset.type, rdata);
      if (writer.offset > this.roomEnd) {
        writer.rollback(start);
        return false;
      }
    }
    return true;
  }
}
