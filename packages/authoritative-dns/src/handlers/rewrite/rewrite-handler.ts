import type { Handler, Next } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import { type DnsResponse, emptyResponse, type Outcome } from '../../chain/response.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import type { ResponseChange, RewriteRule } from './rewrite-rule.ts';

/** Asks the rest of the chain another question than the client did, and gives the answer as one to the client's question. */
export class RewriteHandler implements Handler {
  readonly name = 'rewrite';
  private readonly rules: readonly RewriteRule[];

  /** `rules` in the order in which they are looked at. */
  constructor(rules: readonly RewriteRule[]) {
    this.rules = rules;
  }

  handle(asked: DnsRequest, next: Next): Outcome | Promise<Outcome> {
    let request = asked;
    const changes: ResponseChange[] = [];
    for (const rule of this.rules) {
      const rewritten = rule.apply(request);
      if (rewritten === undefined) continue;
      if (rewritten === 'invalid') return emptyResponse('rewrite', responseCodes.SERVFAIL);
      request = rewritten.request;
      if (rewritten.answer !== undefined) changes.unshift(rewritten.answer); // what was done last is undone first
      if (!rule.goesOn) break;
    }
    const outcome = next(request);
    if (changes.length === 0) return outcome;
    return outcome instanceof Promise ? outcome.then((settled) => changeBack(settled, changes)) : changeBack(outcome, changes);
  }
}

function changeBack(outcome: Outcome, changes: readonly ResponseChange[]): Outcome | Promise<Outcome> {
  if ('drop' in outcome) return outcome;
  let response: DnsResponse | Promise<DnsResponse> = outcome;
  for (const change of changes) response = response instanceof Promise ? response.then(change) : change(response);
  return response;
}
