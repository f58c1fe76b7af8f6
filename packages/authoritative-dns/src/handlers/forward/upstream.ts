import type { Clock } from '@seamark/common/controller';

import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse } from '../../chain/response.ts';
import { type AnswerProblem, readAnswer } from './answer-reader.ts';
import { type Exchange, ExchangeError, type Question } from './exchange.ts';
import type { HealthCheck } from './health-check.ts';
import { writeUpstreamQuery } from './query-writer.ts';

/** Times that one question is asked again because a kept connection turned out to be closed. */
const maxRepeats = 2;

/** What is asked of an {@link Upstream}. */
export interface UpstreamOptions {
  /** The label `to` of the metrics: `192.0.2.1:53`, `tls://192.0.2.1:853`. */
  readonly address: string;
  /** Used where UDP is wanted; absent for upstreams that speak only TLS or HTTPS. */
  readonly datagram?: Exchange | undefined;
  /** TCP, TLS or HTTPS. */
  readonly stream: Exchange;
  readonly clock: Clock;
  readonly health: HealthCheck;
  /** Told how long an answer took. */
  readonly answered: (responseCode: number, seconds: number) => void;
}

/** One server that questions are forwarded to. */
export class Upstream {
  readonly address: string;
  readonly health: HealthCheck;
  private readonly options: UpstreamOptions;

  constructor(options: UpstreamOptions) {
    this.options = options;
    this.address = options.address;
    this.health = options.health;
  }

  /**
   * Asks one question. An answer that was cut (TC) over UDP is fetched whole over TCP. Rejects with an {@link ExchangeError}, after
   * `timeoutMs` per attempt.
   */
  async ask(request: DnsRequest, preferStream: boolean, timeoutMs: number): Promise<DnsResponse> {
    const { datagram, stream, clock, answered } = this.options;
    const question: Question<DnsResponse> = {
      write: (id) => writeUpstreamQuery(request, id),
      accept: (octets) => {
        const answer: DnsResponse | AnswerProblem = readAnswer(octets, request);
        return typeof answer === 'string' ? undefined : answer;
      },
    };
    const startedMs = clock.monotonicMs();
    let exchange = preferStream ? stream : (datagram ?? stream);
    let response = await askRepeatedly(exchange, question, timeoutMs);
    if (response.truncated === true && exchange !== stream) {
      exchange = stream;
      response = await askRepeatedly(exchange, question, timeoutMs);
    }
    answered(response.responseCode, (clock.monotonicMs() - startedMs) / 1000);
    this.health.answered();
    return response;
  }

  /** Ends its connections and its health check. */
  close(): void {
    this.health.stop();
    this.options.datagram?.close();
    this.options.stream.close();
  }
}

async function askRepeatedly<Answer>(exchange: Exchange, question: Question<Answer>, timeoutMs: number): Promise<Answer> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await exchange.ask(question, timeoutMs);
    } catch (error) {
      if (!(error instanceof ExchangeError) || error.failure !== 'closed_early' || repeats === maxRepeats) throw error;
    }
  }
}
