import type { DnsResponse, Outcome } from '../chain/response.ts';

/** Changes the answer that the rest of the chain gives, at once where it is there at once; no answer stays none. */
export function changeResponse(
  outcome: Outcome | Promise<Outcome>,
  change: (response: DnsResponse) => Outcome,
): Outcome | Promise<Outcome> {
  if (outcome instanceof Promise) return outcome.then((settled) => ('drop' in settled ? settled : change(settled)));
  return 'drop' in outcome ? outcome : change(outcome);
}
