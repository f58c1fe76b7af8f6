import type { CompilableZones } from '../../arena/compilable-zones.ts';
import type { Handler, Next } from '../../chain/handler.ts';
import type { DnsRequest } from '../../chain/request.ts';
import type { Outcome } from '../../chain/response.ts';
import type { SetupContext } from '../../chain/setup.ts';
import { responseCodes } from '../../wire/protocol-codes.ts';
import { answerSkydns, type SkydnsZones } from '../../zone/skydns/index.ts';
import type { ZoneList } from '../zone-list.ts';

/** One `etcd` line, ready to answer. */
export interface EtcdPart {
  readonly zones: SkydnsZones;
  /** Zones in which NXDOMAIN is passed on. */
  readonly fallthrough: ZoneList;
  /** The zones, for answers compiled ahead. */
  readonly compilable: CompilableZones;
}

/**
 * Answers from the part with the longest zone that the name is in, the first of several. What that passes on is asked of the others in the
 * same order, and then of the next handler.
 */
export function createEtcdHandler(parts: readonly EtcdPart[], askServer: SetupContext['askServer']): Handler {
  const options = { by: 'etcd', askOutside: askServer };
  const answerFrom = (among: readonly EtcdPart[], request: DnsRequest, next: Next): Outcome | Promise<Outcome> => {
    const part = partOf(among, request.name);
    if (part === undefined) return next(request);
    const passOn = (): Outcome | Promise<Outcome> =>
      answerFrom(
        among.filter((other) => other !== part),
        request,
        next,
      );
    const answered = answerSkydns(part.zones, request, options);
    if (answered === undefined) return passOn();
    if (part.fallthrough.size === 0 || part.fallthrough.match(request.name) === undefined) return answered;
    const pass = (outcome: Outcome): Outcome | Promise<Outcome> =>
      'drop' in outcome || outcome.responseCode !== responseCodes.NXDOMAIN || outcome.answers.length > 0 ? outcome : passOn();
    return answered instanceof Promise ? answered.then(pass) : pass(answered);
  };
  return {
    name: 'etcd',
    compilable: parts.map(({ compilable }) => compilable),
    handle: (request, next) => answerFrom(parts, request, next),
  };
}

function partOf(parts: readonly EtcdPart[], name: Uint8Array): EtcdPart | undefined {
  let best: EtcdPart | undefined;
  let octets = 0;
  for (const part of parts) {
    const { zone } = part.zones.tree.find(name);
    if (zone === undefined || zone.apex.length <= octets) continue;
    best = part;
    octets = zone.apex.length;
  }
  return best;
}
