import type { Handler, Next } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import { type DnsResponse, emptyResponse, type Outcome } from '../../chain/response.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { recordTypes } from '../../wire/record-type.ts';
import type { Forwarder } from './forwarder.ts';

/**
 * Asks other servers the questions that a `forward` line takes; the others go on along the chain. Answers that `cache` holds are
 * taken from there: here and not at the front of the chain, so that a name which our own zones get is never hidden by an old answer.
 * Zone transfers, which are many messages, are refused.
 */
export class ForwardHandler implements Handler {
  readonly name = 'forward';
  private readonly forwarders: readonly Forwarder[];

  /** `forwarders` in the order of their lines, which is the order in which they are looked at. */
  constructor(forwarders: readonly Forwarder[]) {
    this.forwarders = forwarders;
  }

  handle(request: DnsRequest, next: Next): Outcome | Promise<Outcome> {
    const first = this.forwarders.findIndex((forwarder) => forwarder.takes(request.name));
    if (first < 0) return next(request);
    if (request.type === recordTypes.AXFR || request.type === recordTypes.IXFR) return emptyResponse('forward', responseCodes.REFUSED);
    const ask = (): Promise<DnsResponse> => this.ask(request, first);
    return request.cache === undefined ? ask() : request.cache.answer(request, ask);
  }

  private async ask(request: DnsRequest, first: number): Promise<DnsResponse> {
    let forwarder = this.forwarders[first] as Forwarder;
    for (let at = first; ;) {
      const response = await forwarder.ask(request);
      if (!forwarder.passesOn(response)) return response;
      at = this.forwarders.findIndex((other, index) => index > at && other.takes(request.name));
      if (at < 0) return response;
      forwarder = this.forwarders[at] as Forwarder;
    }
  }
}
