import type { AnswerCounts, ZoneAnswerCounts } from '@seamark/netio';

import type { ZoneNumbers } from '../arena/zone-numbers.ts';
import { responseCodeName } from '../wire/protocol-codes.ts';
import { nonZero, typeLabel } from './counted-slots.ts';
import type { CountSource, ZoneCounts } from './listener-counters.ts';

/** What native threads answered and dropped, as the counters of a listener have it. `labels` has what they count zones as. */
export function nativeCounts(labels: ZoneNumbers | undefined, read: (zones: number) => AnswerCounts): CountSource {
  return {
    zones() {
      const zones = labels?.size ?? 0;
      const counts = read(zones);
      const all = [zoneCounts('dropped', '', counts.of(undefined))];
      for (let number = 0; number < zones; number++) {
        const zone = labels?.at(number);
        if (zone !== undefined) all.push(zoneCounts(zone.label, zone.by, counts.of(number)));
      }
      return all.filter(({ types }) => types.size > 0);
    },
    drops: () => read(0).drops,
    compiledAnswers: () => read(0).answered,
  };
}

function zoneCounts(zone: string, by: string, counts: ZoneAnswerCounts): ZoneCounts {
  return {
    zone,
    types: nonZero(counts.types, typeLabel),
    responses: new Map([[by, nonZero(counts.responseCodes, responseCodeName)]]),
    durations: { buckets: [...counts.durations], sum: counts.durationSeconds },
    querySizes: { buckets: [...counts.querySizes], sum: counts.queryOctets },
    answerSizes: { buckets: [...counts.answerSizes], sum: counts.answerOctets },
    dnssecOk: counts.dnssecOk,
  };
}
