import type { CompilableZones } from '../../arena/compilable-zones.ts';
import type { Handler } from '../../chain/handler.ts';
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

/** Answers from the first part that has a zone of the name's; the longest zone wins within each. */
export function createEtcdHandler(parts: readonly EtcdPart[], askServer: SetupContext['askServer']): Handler {
  const options = { by: 'etcd', askOutside: askServer };
  return {
    name: 'etcd',
    compilable: parts.map(({ compilable }) => compilable),
    handle(request, next) {
      const part = partOf(parts, request.name);
      const answered = part === undefined ? undefined : answerSkydns(part.zones, request, options);
      if (part === undefined || answered === undefined) return next(request);
      if (part.fallthrough.size === 0 || part.fallthrough.match(request.name) === undefined) return answered;
      const pass = (outcome: Outcome): Outcome | Promise<Outcome> =>
        'drop' in outcome || outcome.responseCode !== responseCodes.NXDOMAIN || outcome.answers.length > 0 ? outcome : next(request);
      return answered instanceof Promise ? answered.then(pass) : pass(answered);
    },
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
