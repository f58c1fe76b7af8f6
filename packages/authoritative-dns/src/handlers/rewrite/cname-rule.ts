import type { Next } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import type { DnsResponse } from '../../chain/response.ts';
import { recordTypes } from '../../wire/record-type.ts';
import type { NameChange } from './name-match.ts';
import { nameOfText, nameText } from './name-text.ts';
import type { RewriteRule } from './rewrite-rule.ts';

/** How deep aliases that were changed may lead to aliases that are changed. */
const maxDepth = 8;

/** Rides along with questions that rules ask; copies of a question keep it. */
const depth = Symbol('questions that rules asked');
type CountedRequest = DnsRequest & { readonly [depth]?: number };

/**
 * `rewrite cname`: an alias of the answer leads elsewhere. What stands behind the alias is dropped, and the server itself is asked what
 * the new target has.
 */
export function cnameRule(change: NameChange, askServer: Next, goesOn: boolean): RewriteRule {
  return {
    goesOn,
    apply: (request) => ({ request, answer: (response) => leadElsewhere(request, response, change, askServer) }),
  };
}

async function follow(request: CountedRequest, name: Uint8Array, askServer: Next): Promise<DnsResponse | undefined> {
  const asked = request[depth] ?? 0;
  if (asked >= maxDepth) return undefined;
  const question: CountedRequest = { ...request, name, nameAsAsked: name, [depth]: asked + 1 };
  const outcome = await askServer(question);
  return 'drop' in outcome ? undefined : outcome;
}

function leadElsewhere(
  request: DnsRequest,
  response: DnsResponse,
  change: NameChange,
  askServer: Next,
): DnsResponse | Promise<DnsResponse> {
  if (request.type === recordTypes.CNAME) return changeLast(response, change);
  for (const [index, set] of response.answers.entries()) {
    const target = set.type === recordTypes.CNAME ? newTarget(set.rdata[0], change) : undefined;
    if (target === undefined) continue;
    const kept = [...response.answers.slice(0, index), { ...set, rdata: [target] }];
    return follow(request, target, askServer).then((found) => ({
      ...(found ?? response),
      answers: [...kept, ...(found?.answers ?? [])],
      authorities: found?.authorities ?? [],
      additionals: found?.additionals ?? [],
      authoritative: response.authoritative,
      by: response.by,
    }));
  }
  return response;
}

/** Who asks for the alias itself gets it with its new target. */
function changeLast(response: DnsResponse, change: NameChange): DnsResponse {
  const answers = response.answers.map((set) => {
    const target = set.type === recordTypes.CNAME ? newTarget(set.rdata[0], change) : undefined;
    return target === undefined ? set : { ...set, rdata: [target] };
  });
  return { ...response, answers };
}

function newTarget(target: Uint8Array | undefined, change: NameChange): Uint8Array | undefined {
  const text = target === undefined ? undefined : nameText(target);
  const changed = text === undefined ? undefined : change(text);
  return changed === undefined || changed === text ? undefined : nameOfText(changed);
}
