import { type AnswerCounts, countedTypes, type ZoneAnswerCounts } from '@seamark/netio';

import { countedZones } from '../arena/compiled-zones.ts';
import type { ZoneNumbers } from '../arena/zone-numbers.ts';
import { responseCodeName } from '../wire/protocol-codes.ts';
import { recordTypeName } from '../wire/record-type.ts';
import { type CountSource, sizeBucketsOctets, type ZoneCounts } from './listener-counters.ts';

const notCounted = { buckets: Array.from({ length: sizeBucketsOctets.length + 1 }, () => 0), sum: 0 };

/** What native threads answered and dropped, as the counters of a listener have it. They count no sizes and no DO. */
export function nativeCounts(numbers: ZoneNumbers | undefined, read: (zones: number) => AnswerCounts): CountSource {
  return {
    zones() {
      const zones = Math.min(numbers?.size ?? 0, countedZones);
      const counts = read(zones);
      const all = [zoneCounts('dropped', '', counts.of(undefined))];
      for (let number = 0; number < zones; number++) {
        const zone = numbers?.at(number);
        if (zone !== undefined) all.push(zoneCounts(zone.label, zone.by, counts.of(number)));
      }
      return all.filter(({ types }) => types.size > 0);
    },
    drops: () => read(0).drops,
    compiledAnswers: () => read(0).answered,
  };
}

function zoneCounts(zone: string, by: string, { types, responseCodes, durations, durationSeconds }: ZoneAnswerCounts): ZoneCounts {
  return {
    zone,
    types: nonZero(types, (slot) => (slot < countedTypes.length ? recordTypeName(countedTypes[slot] as number) : 'other')),
    responses: new Map([[by, nonZero(responseCodes, responseCodeName)]]),
    durations: { buckets: [...durations], sum: durationSeconds },
    querySizes: notCounted,
    answerSizes: notCounted,
    dnssecOk: 0,
  };
}

function nonZero(counts: Float64Array, labelOf: (slot: number) => string): Map<string, number> {
  return new Map([...counts.entries()].filter(([, count]) => count > 0).map(([slot, count]) => [labelOf(slot), count]));
}
