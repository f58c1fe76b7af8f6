import type { CompilableZones } from '../../arena/compilable-zones.ts';
import type { Handler, Next } from '../../chain/handler.ts';
import type { DnsResponse, Outcome } from '../../chain/response.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { answerAndFollow } from '../../zone/answer/index.ts';
import type { Rrset, ZoneTree } from '../../zone/tree/index.ts';
import type { ZoneList } from '../zone-list.ts';

/** Options of {@link createFileHandler}. */
export interface FileHandlerOptions {
  readonly tree: ZoneTree<readonly Rrset[]>;
  /** Zone of the tree → names below which a question that it denies goes on. Zones without `fallthrough` are not in it. */
  readonly fallthrough: ReadonlyMap<string, ZoneList>;
  /** Asked for the rest of an alias that leads elsewhere. */
  readonly askOutside: Next;
  /** The zones of the tree, for answers compiled ahead. */
  readonly compilable?: CompilableZones;
}

/** Answers from zone files. */
export function createFileHandler({ tree, fallthrough, askOutside, compilable }: FileHandlerOptions): Handler {
  const options = { by: 'file', askOutside };
  return {
    name: 'file',
    ...(compilable === undefined ? {} : { compilable: [compilable] }),
    handle(request, next) {
      const conclude = (response: DnsResponse): Outcome | Promise<Outcome> => {
        // As CoreDNS: only a name that does not exist goes on, and only when it is the one that was asked.
        if (response.responseCode !== responseCodes.NXDOMAIN || response.answers.length > 0) return response;
        const goesOn = fallthrough.get(response.zone ?? '')?.match(request.name) !== undefined;
        return goesOn ? next(request) : response;
      };
      const response = answerAndFollow(tree, request, options);
      if (response === undefined) return next(request);
      return response instanceof Promise ? response.then(conclude) : conclude(response);
    },
  };
}
