import type { Clock } from '@seamark/common/controller';

import type { DnsRequest } from '../../chain/request.ts';
import { type DnsResponse, emptyResponse } from '../../chain/response.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { ZoneList } from '../zone-list.ts';
import { ExchangeError, type ExchangeFailure, type RandomBelow } from './exchange.ts';
import type { ForwardMetrics } from './forward-metrics.ts';
import { defaultMaxConcurrent, type ForwardOptions, questionTimeoutMs } from './forward-options.ts';
import { createSelection } from './policy.ts';
import type { Upstream } from './upstream.ts';

/** Extended error "Network Error" (RFC 8914 4.24). */
const networkError = 23;

/** What clients are told; where the upstreams are is none of their business. */
const failureTexts: Readonly<Record<ExchangeFailure, string>> = {
  timeout: 'no upstream answered in time',
  network: 'no upstream could be reached',
  tls: 'no upstream could be reached',
  closed_early: 'no upstream could be reached',
  not_an_answer: 'an upstream gave no proper answer',
  aborted: 'the forwarder has stopped',
  too_many: 'too many questions wait for the upstreams',
};

/** What a {@link Forwarder} is made of. */
export interface ForwarderParts {
  readonly options: ForwardOptions;
  readonly upstreams: readonly Upstream[];
  readonly clock: Clock;
  readonly random: RandomBelow;
  readonly metrics: ForwardMetrics;
}

/** One `forward` line: which questions it takes, and which upstream is asked. */
export class Forwarder {
  readonly options: ForwardOptions;
  private readonly parts: ForwarderParts;
  private readonly from: ZoneList;
  private readonly except: ZoneList;
  private readonly select: () => readonly Upstream[];
  private readonly maxAttempts: number;
  private readonly maxConcurrent: number;
  private concurrent = 0;

  constructor(parts: ForwarderParts) {
    const { options, upstreams } = parts;
    this.options = options;
    this.parts = parts;
    this.from = new ZoneList([options.from]);
    this.except = new ZoneList(options.except.filter((zone) => zone !== options.from));
    this.select = createSelection(options.policy, upstreams, parts.random);
    this.maxAttempts = options.maxConnectAttempts === 0 ? 2 * upstreams.length : options.maxConnectAttempts;
    this.maxConcurrent = options.maxConcurrent === 0 ? defaultMaxConcurrent : options.maxConcurrent;
  }

  /** True for questions at or below FROM that no `except` takes out. */
  takes(name: Uint8Array): boolean {
    return this.from.match(name) !== undefined && this.except.match(name) === undefined;
  }

  /** True when the answer is one that another `forward` line should be asked for. */
  passesOn({ responseCode, answers }: DnsResponse): boolean {
    const { nextCodes, nextOnNodata } = this.options;
    return nextCodes.includes(responseCode) || (nextOnNodata && responseCode === responseCodes.NOERROR && answers.length === 0);
  }

  /** Asks the upstreams until one answers. Never rejects: SERVFAIL says that none did, REFUSED that too many questions wait. */
  async ask(request: DnsRequest): Promise<DnsResponse> {
    if (this.concurrent >= this.maxConcurrent) {
      this.parts.metrics.tooManyQuestions();
      return emptyResponse('forward', responseCodes.REFUSED, { failure: `concurrent queries exceeded maximum ${this.maxConcurrent}` });
    }
    this.concurrent += 1;
    try {
      return await this.askUpstreams(request);
    } finally {
      this.concurrent -= 1;
    }
  }

  private async askUpstreams(request: DnsRequest): Promise<DnsResponse> {
    const { clock } = this.parts;
    const { forceTcp, preferUdp, readTimeoutMs, failoverCodes, health } = this.options;
    const preferStream = forceTcp || (request.client.transport !== 'udp' && !preferUdp);
    const deadlineMs = clock.monotonicMs() + questionTimeoutMs;
    const order = this.select();
    let unwanted: DnsResponse | undefined;
    let answers = 0;
    let problem = 'no upstream is healthy';
    let failure = 'no healthy proxies';
    for (let attempt = 0; attempt < this.maxAttempts; attempt++) {
      const remainingMs = deadlineMs - clock.monotonicMs();
      const upstream = remainingMs > 0 ? this.next(order, attempt) : undefined;
      if (upstream === undefined) break;
      try {
        const response = await upstream.ask(request, preferStream, Math.min(readTimeoutMs, remainingMs));
        answers += 1;
        if (!failoverCodes.includes(response.responseCode) || answers >= order.length) return response;
        unwanted = response;
      } catch (error) {
        if (!(error instanceof ExchangeError)) throw error;
        problem = failureTexts[error.failure];
        failure = error.message;
        if (error.failure === 'aborted') break;
        if (health.maxFails > 0 && error.failure !== 'too_many') upstream.health.unanswered();
      }
    }
    return (
      unwanted ?? emptyResponse('forward', responseCodes.SERVFAIL, { failure, extendedErrors: [{ code: networkError, text: problem }] })
    );
  }

  /**
   * The upstream of an attempt: the healthy ones in order, round and round. When all are down, checking itself may be what fails:
   * any one of them, or none with failfast.
   */
  private next(order: readonly Upstream[], attempt: number): Upstream | undefined {
    for (let offset = 0; offset < order.length; offset++) {
      const upstream = order[(attempt + offset) % order.length] as Upstream;
      if (!upstream.health.isDown) return upstream;
    }
    this.parts.metrics.healthCheckBroken();
    return this.options.failfast ? undefined : order[this.parts.random(order.length)];
  }
}
