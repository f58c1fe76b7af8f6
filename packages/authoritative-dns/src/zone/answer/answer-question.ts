import type { Next } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import { type DnsResponse, emptyResponse, type Outcome } from '../../chain/response.ts';
import { classIn, extendedErrors, responseCodes } from '../../wire/protocol-codes.ts';
import type { ZoneTree } from '../tree/index.ts';
import { Answering } from './answering.ts';
import { lowerCaseName } from './names.ts';

/** Options of {@link answerQuestion}. */
export interface AnswerOptions {
  /** Directive that answers, for {@link DnsResponse.by}. */
  readonly by: string;
}

/** Aliases followed out of the zones, and by way of somebody else's back into them, for one question: they may be a circle. */
const maxFollowed = 8;

/**
 * Answers a question from the zones of a tree (RFC 1034 4.3.2, with what came later: negative answers 2308 and 8020, wildcards 4592,
 * DNAME 6672, aliases 6604, ANY 8482, glue 9471, DNSSEC 4035 and 5155 as far as the zones are signed). `undefined` when no zone of
 * the tree contains the name, or the class is not IN. An alias that leads out of the zones ends the answer.
 */
export function answerQuestion<T>(tree: ZoneTree<T>, request: DnsRequest, options: AnswerOptions): DnsResponse | undefined {
  return answer(tree, request, options)?.response;
}

/**
 * {@link answerQuestion}; an alias that leads out of the zones is followed by asking `askOutside` for the rest, whose records and
 * response code then end the answer. When that brings no NOERROR or NXDOMAIN the answer ends with the alias.
 */
export function answerAndFollow<T>(
  tree: ZoneTree<T>,
  request: DnsRequest,
  options: AnswerOptions & { readonly askOutside: Next },
): DnsResponse | Promise<DnsResponse> | undefined {
  const own = answer(tree, request, options);
  if (own?.outside === undefined) return own?.response;
  const { response, outside } = own;
  const aliasesFollowed = (request.aliasesFollowed ?? 0) + 1;
  if (aliasesFollowed > maxFollowed) return response;
  const rest = options.askOutside({ ...request, aliasesFollowed, name: lowerCaseName(outside), nameAsAsked: outside });
  return rest instanceof Promise ? rest.then((outcome) => joined(response, outcome)) : joined(response, rest);
}

function joined(own: DnsResponse, rest: Outcome): DnsResponse {
  if ('drop' in rest) return own;
  if (rest.responseCode !== responseCodes.NOERROR && rest.responseCode !== responseCodes.NXDOMAIN) return own;
  return {
    ...own,
    responseCode: rest.responseCode,
    answers: [...own.answers, ...rest.answers],
    authorities: [...own.authorities, ...rest.authorities],
    additionals: [...own.additionals, ...rest.additionals],
    ...(rest.requiredAdditionals === undefined ? {} : { requiredAdditionals: rest.requiredAdditionals }),
  };
}

function answer<T>(
  tree: ZoneTree<T>,
  request: DnsRequest,
  { by }: AnswerOptions,
): { readonly response: DnsResponse; readonly outside: Uint8Array | undefined } | undefined {
  if (request.class !== classIn) return undefined;
  const { zone } = tree.find(request.name);
  if (zone === undefined) return undefined;
  if (tree.soa(zone) === undefined) {
    const error = { code: extendedErrors.notReady, text: `zone ${zone.label} has no content` };
    return { response: emptyResponse(by, responseCodes.SERVFAIL, { zone: zone.label, extendedErrors: [error] }), outside: undefined };
  }
  const answering = new Answering(tree, request.type, request.edns?.dnssecOk === true);
  answering.run(request.name);
  const { answers, authorities, additionals } = answering.sections;
  return {
    response: {
      responseCode: answering.responseCode,
      authoritative: answering.authoritative,
      answers,
      authorities,
      additionals,
      ...(answering.requiredAdditionals === 0 ? {} : { requiredAdditionals: answering.requiredAdditionals }),
      by,
      zone: zone.label,
    },
    outside: answering.outside,
  };
}
