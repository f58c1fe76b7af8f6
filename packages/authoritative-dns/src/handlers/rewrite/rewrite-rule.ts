import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse } from '../../chain/response.ts';

/** Changes an answer on its way back. */
export type ResponseChange = (response: DnsResponse) => DnsResponse | Promise<DnsResponse>;

/** What a rule makes of a question that it is for. */
export interface Rewritten {
  readonly request: DnsRequest;
  /** Undoes in the answer what was done to the question, or changes the answer itself. */
  readonly answer?: ResponseChange;
}

/** One rule. */
export interface RewriteRule {
  /** Rules behind it are looked at as well. */
  readonly goesOn: boolean;
  /** `undefined`: it is not for this question. `'invalid'`: it would make something that is not a name. */
  apply(request: DnsRequest): Rewritten | undefined | 'invalid';
}
