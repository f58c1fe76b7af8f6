import type { EarlyQuestion, LimitEarly, Next } from '../chain/handler.ts';
import type { Client, DnsRequest, RequestEdns } from '../chain/request.ts';
import { type DnsResponse, emptyResponse, type Outcome } from '../chain/response.ts';
import { headerOctets, maxMessageOctets, minUdpPayloadOctets, ownUdpPayloadOctets } from '../wire/limits.ts';
import type { EdnsOption } from '../wire/message.ts';
import { classChaos, classIn, ednsOptionCodes, extendedErrors, responseCodes } from '../wire/protocol-codes.ts';
import { QueryView, readQuery } from '../wire/query-reader.ts';
import { recordTypes } from '../wire/record-type.ts';
import { AnswerReport, type DropReason } from './answer-report.ts';
import { clientCookieOctets, isCookieLength, type ServerCookies } from './cookies/server-cookies.ts';
import { keepaliveOption } from './edns-options.ts';
import { FaultLog } from './fault-log.ts';
import { requestFrom } from './request-reader.ts';
import { encodeHeaderOnly, ResponseEncoder } from './response-encoder.ts';
import { appendRecord, badKeyRecord } from './tsig-refusal.ts';

/** What stands behind a pipeline; replaced as a whole by {@link Pipeline.replace}. */
export interface PipelineBehaviour {
  /** Answers the questions; not asked before `isReady`. */
  readonly chain: Next;
  /** True: questions of class CH go to the chain as well. Default false: they are REFUSED. */
  readonly answersChaos?: boolean;
  /** False: every question is answered with SERVFAIL and the extended error Not Ready. Default: always ready. */
  readonly isReady?: () => boolean;
  /** Told to clients over TCP and TLS that ask how long they may stay idle (RFC 7828). Default 10,000 ms. */
  readonly idleTimeoutMs?: number;
  /** What becomes of answers that the chain is not asked for. Default: all are sent. */
  readonly limitEarly?: LimitEarly;
}

/** Options of a {@link Pipeline}. */
export interface PipelineOptions extends PipelineBehaviour {
  /** Makes and checks DNS cookies; servers of one process share it. Default: none, COOKIE options are ignored. */
  readonly cookies?: ServerCookies;
  /** Counts and logs what handlers throw; servers of one process may share it. */
  readonly faults?: FaultLog;
}

/** Writes an answer for which the chain had to wait into `out`; like {@link Pipeline.answer}. */
export type WriteAnswer = (out: Uint8Array) => number;

/** Octets to which encrypted answers are filled up (RFC 8467 4.1). */
const paddingBlockOctets = 468;

/** TC, in the third octet of a header. */
const truncatedFlag = 0x02;

const noOptions: readonly EdnsOption[] = [];

/**
 * From the octets of a query to those of its answer: reads the query, answers what is no plain question itself (RFC 8906), asks the
 * chain, and writes what that says. What it found out about the last packet stands in {@link Pipeline.report}.
 */
export class Pipeline {
  /** About the packet of the last call of {@link Pipeline.answer} that returned a number, or of a {@link WriteAnswer}. */
  readonly report: AnswerReport = new AnswerReport();
  readonly faults: FaultLog;

  private behaviour: PipelineBehaviour;
  private keepalive: EdnsOption;
  private readonly cookies: ServerCookies | undefined;
  private readonly view = new QueryView();
  private readonly encoder = new ResponseEncoder();

  constructor(options: PipelineOptions) {
    this.behaviour = options;
    this.cookies = options.cookies;
    this.keepalive = keepaliveOption(options.idleTimeoutMs);
    this.faults = options.faults ?? new FaultLog(undefined);
  }

  /** Questions from now on are asked to another chain; those under way end in the one that they began with. */
  replace(behaviour: PipelineBehaviour): void {
    this.behaviour = behaviour;
    this.keepalive = keepaliveOption(behaviour.idleTimeoutMs);
  }

  /**
   * Writes the answer to `packet` into `out` and returns its length, or 0 when it is not answered (`report.dropReason` says why).
   * `out` has 1232 octets for a client over UDP and 65,535 for others. A chain that has to wait gives a promise, which never rejects,
   * of what then writes the answer. The octets of `packet` are not used after the call.
   */
  answer(packet: Uint8Array, client: Client, out: Uint8Array): number | Promise<WriteAnswer> {
    const { view, report } = this;
    report.reset(packet.length);
    if (packet.length < headerOctets) return this.drop('too_short');
    if (((packet[2] as number) & 0x80) !== 0) return this.drop('is_response');
    // What follows the header of another opcode is not ours to read.
    if (((packet[2] as number) & 0x78) !== 0) return this.headerOnly(packet, { client }, out, responseCodes.NOTIMP, undefined);

    const malformed = readQuery(packet, view);
    report.dnssecOk = view.dnssecOk;
    if (malformed !== undefined) {
      report.malformed = malformed;
      return this.formatError(packet, client, out);
    }
    if (view.questions !== 1) return view.questions === 0 ? this.noQuestion(packet, client, out) : this.formatError(packet, client, out);
    report.type = view.type;

    const { cookies } = this;
    const cookie = view.optionsEnd === 0 || view.ednsVersion > 0 || cookies === undefined ? undefined : this.findCookie(packet);
    if (cookie !== undefined && !isCookieLength(cookie.length)) return this.formatError(packet, client, out);
    const standing = cookie === undefined ? 'none' : (cookies as ServerCookies).check(cookie, client.address);
    const isProven = standing === 'valid' || standing === 'old';
    const request = requestFrom(packet, view, client, isProven);
    let options = noOptions;
    if (cookie !== undefined) {
      const answered = standing === 'valid' ? cookie : (cookies as ServerCookies).create(cookie, client.address);
      options = [{ code: ednsOptionCodes.cookie, data: answered }];
    }

    if (view.tsigStart > 0) return this.refuseKey(packet, request, out, options);
    const early = this.answerEarly(request, cookie !== undefined && !isProven);
    if (early !== undefined) return this.writeEarly(request, early, out, options);
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = this.behaviour.chain(request);
    } catch (error) {
      outcome = this.fault(error);
    }
    if (!(outcome instanceof Promise)) return this.write(request, outcome, out, options);
    return this.writeLater(request, outcome, options);
  }

  private async writeLater(request: DnsRequest, promise: Promise<Outcome>, options: readonly EdnsOption[]): Promise<WriteAnswer> {
    let outcome: Outcome;
    try {
      outcome = await promise;
    } catch (error) {
      outcome = this.fault(error);
    }
    return (out) => {
      this.report.reset(request.octets);
      this.report.type = request.type;
      this.report.dnssecOk = request.edns?.dnssecOk ?? false;
      return this.write(request, outcome, out, options);
    };
  }

  /** Answers that need no chain. */
  private answerEarly(request: DnsRequest, cookieIsBad: boolean): DnsResponse | undefined {
    const { type } = request;
    if (request.edns !== undefined && request.edns.version > 0) return emptyResponse('', responseCodes.BADVERS);
    if (cookieIsBad && this.cookies?.policy === 'require' && request.client.transport === 'udp') {
      return emptyResponse('', responseCodes.BADCOOKIE);
    }
    if (request.class !== classIn && !(request.class === classChaos && this.behaviour.answersChaos === true)) {
      return emptyResponse('', responseCodes.REFUSED);
    }
    if (this.behaviour.isReady?.() === false) return failed(responseCodes.SERVFAIL, extendedErrors.notReady);
    if (type === recordTypes.OPT) return emptyResponse('', responseCodes.FORMERR);
    // Types that are no data (RFC 6895 3.1): transfers are refused, obsolete ones not implemented, TSIG and TKEY nonsense as a question.
    if (type < recordTypes.TKEY || type >= recordTypes.ANY) return undefined;
    if (type === recordTypes.AXFR || type === recordTypes.IXFR) return failed(responseCodes.REFUSED, extendedErrors.notSupported);
    return emptyResponse('', type === recordTypes.MAILA || type === recordTypes.MAILB ? responseCodes.NOTIMP : responseCodes.FORMERR);
  }

  private writeEarly(request: DnsRequest, response: DnsResponse, out: Uint8Array, options: readonly EdnsOption[]): number {
    return this.write(request, this.behaviour.limitEarly?.(request, response) ?? response, out, options);
  }

  private write(request: DnsRequest, outcome: Outcome, out: Uint8Array, edgeOptions: readonly EdnsOption[]): number {
    const { report, encoder } = this;
    report.by = outcome.by;
    report.zone = outcome.zone ?? '';
    if ('drop' in outcome) {
      report.dropDetail = outcome.drop;
      return this.drop('by_handler');
    }
    const { edns, client } = request;
    const { transport } = client;
    let options = edgeOptions;
    let limit = maxMessageOctets;
    let paddingBlock = 0;
    if (transport === 'udp') {
      limit = Math.max(
        minUdpPayloadOctets,
        Math.min(edns?.udpPayloadSize ?? 0, outcome.udpPayloadLimit ?? ownUdpPayloadOctets, ownUdpPayloadOctets),
      );
    } else if (edns !== undefined && edns.options.length > 0) {
      if (transport !== 'https' && has(edns, ednsOptionCodes.keepalive)) options = [...options, this.keepalive];
      if (transport !== 'tcp' && has(edns, ednsOptionCodes.padding)) paddingBlock = paddingBlockOctets;
    }
    const length = encoder.encode(request, outcome, out, { limit: Math.min(limit, out.length), options, paddingBlock });
    report.responseCode = encoder.responseCode;
    report.truncated = encoder.truncated;
    report.answerOctets = length;
    if (transport === 'https') report.minTtlSeconds = minTtlSeconds(outcome);
    return length;
  }

  /** There are no keys here: NOTAUTH with BADKEY, unsigned (RFC 8945 5.2.1). */
  private refuseKey(packet: Uint8Array, request: DnsRequest, out: Uint8Array, options: readonly EdnsOption[]): number {
    const record = badKeyRecord(packet, this.view.tsigStart);
    if (record === undefined) {
      this.report.malformed = 'rdata_content';
      return this.formatError(packet, request.client, out);
    }
    const length = this.writeEarly(request, emptyResponse('', responseCodes.NOTAUTH), out, options);
    if (length === 0) return 0;
    const limit = request.client.transport === 'udp' ? Math.max(minUdpPayloadOctets, request.edns?.udpPayloadSize ?? 0) : maxMessageOctets;
    if (length + record.length > Math.min(limit, out.length)) return length;
    this.report.answerOctets = appendRecord(out, length, record);
    return this.report.answerOctets;
  }

  /** Repeats the question where it could be read, so that the client can tell what it is about. */
  private formatError(packet: Uint8Array, client: Client, out: Uint8Array): number {
    const { view } = this;
    if (view.questionEnd === 0)
      return this.headerOnly(packet, { client }, out, responseCodes.FORMERR, view.hasEdns ? noOptions : undefined);
    this.report.type = view.type;
    view.optionsStart = view.optionsEnd = 0;
    return this.writeEarly(requestFrom(packet, view, client, false), emptyResponse('', responseCodes.FORMERR), out, noOptions);
  }

  /** A query without a question asks for a cookie (RFC 7873 5.4), or is malformed. */
  private noQuestion(packet: Uint8Array, client: Client, out: Uint8Array): number {
    const { view, cookies } = this;
    const cookie = cookies === undefined || view.ednsVersion > 0 ? undefined : this.findCookie(packet);
    if (cookies === undefined || cookie === undefined || !isCookieLength(cookie.length)) return this.formatError(packet, client, out);
    const validCookie = cookies.check(cookie, client.address) !== 'bad';
    const isBad = cookie.length > clientCookieOctets && !validCookie;
    const option = { code: ednsOptionCodes.cookie, data: cookies.create(cookie, client.address) };
    return this.headerOnly(packet, { client, validCookie }, out, isBad ? responseCodes.BADCOOKIE : responseCodes.NOERROR, [option]);
  }

  /** The first COOKIE option; further ones are ignored. A copy: the packet may be gone when the answer is written. */
  private findCookie(packet: Uint8Array): Uint8Array | undefined {
    const { optionsEnd } = this.view;
    for (let at = this.view.optionsStart; at < optionsEnd;) {
      const length = ((packet[at + 2] as number) << 8) | (packet[at + 3] as number);
      if (packet[at] === 0 && packet[at + 1] === ednsOptionCodes.cookie) return Uint8Array.from(packet.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    return undefined;
  }

  private headerOnly(
    packet: Uint8Array,
    question: EarlyQuestion,
    out: Uint8Array,
    responseCode: number,
    options: readonly EdnsOption[] | undefined,
  ): number {
    const outcome = this.behaviour.limitEarly?.(question, emptyResponse('', responseCode));
    if (outcome !== undefined && 'drop' in outcome) {
      this.report.by = outcome.by;
      this.report.dropDetail = outcome.drop;
      return this.drop('by_handler');
    }
    const opt = options === undefined ? undefined : { dnssecOk: this.view.dnssecOk, options };
    const length = encodeHeaderOnly(packet, out, responseCode, opt);
    if (outcome?.truncated === true) {
      out[2] = (out[2] as number) | truncatedFlag;
      this.report.truncated = true;
    }
    this.report.responseCode = responseCode;
    this.report.answerOctets = length;
    return length;
  }

  private fault(error: unknown): DnsResponse {
    this.faults.add(error);
    return emptyResponse('', responseCodes.SERVFAIL);
  }

  private drop(reason: DropReason): 0 {
    this.report.dropReason = reason;
    return 0;
  }
}

function failed(responseCode: number, extendedError: number): DnsResponse {
  return emptyResponse('', responseCode, { extendedErrors: [{ code: extendedError }] });
}

function minTtlSeconds({ responseCode, answers, authorities }: DnsResponse): number {
  if (responseCode !== responseCodes.NOERROR && responseCode !== responseCodes.NXDOMAIN) return 0;
  const sets = answers.length > 0 ? answers : authorities;
  return sets.length === 0 ? 0 : Math.min(...sets.map(({ ttlSeconds }) => ttlSeconds));
}

function has({ options }: RequestEdns, code: number): boolean {
  return options.some((option) => option.code === code);
}
