import type { DropReason, Responder } from '../respond/responder.ts';
import { malformedCauses } from '../wire/malformed.ts';
import { responseCodeName } from '../wire/protocol-codes.ts';
import { recordTypeName } from '../wire/record-type.ts';

/** Why a packet or connection got no answer. */
export type TransportDropReason = DropReason | 'overloaded' | 'send_failed' | 'source_port_zero' | 'too_many_connections';

/** Upper bounds in seconds of CoreDNS's duration histogram: 0.25 ms doubled 15 times. */
export const durationBucketsSeconds: readonly number[] = Array.from({ length: 16 }, (_, index) => 0.000_25 * 2 ** index);

/** Types with a label of their own, as in CoreDNS; all others are `other`, so that clients cannot make labels. */
const labelledTypes = [1, 2, 5, 6, 12, 13, 15, 16, 28, 33, 35, 43, 46, 47, 48, 50, 51, 52, 59, 60, 64, 65, 251, 252, 255] as const;
const otherType = labelledTypes.length;
const typeSlots = new Uint8Array(0x10000).fill(otherType);
for (const [slot, type] of labelledTypes.entries()) typeSlots[type] = slot;

/** Response codes 0..5 and BADVERS (16). */
const responseCodeSlots = 17;

/** Counters of one zone at one listener. */
class ZoneCounters {
  readonly label: string;
  readonly byType = new Float64Array(otherType + 1);
  readonly byResponseCode = new Float64Array(responseCodeSlots);
  readonly byDuration = new Float64Array(durationBucketsSeconds.length + 1);
  durationSeconds = 0;

  constructor(label: string) {
    this.label = label;
  }
}

/** What {@link ListenerCounters.read} gives: plain numbers of one zone, or of what was refused before a zone was known. */
export interface ZoneCounts {
  /** `example.org.`, or CoreDNS's `dropped`. */
  readonly zone: string;
  readonly types: ReadonlyMap<string, number>;
  readonly responseCodes: ReadonlyMap<string, number>;
  /** Answers per bucket, not cumulative; the last is above every bound. */
  readonly durations: readonly number[];
  readonly durationSeconds: number;
}

/** Counts what one listener does, in typed arrays: no string, object or map entry per query. */
export class ListenerCounters {
  readonly server: string;
  readonly protocol: 'udp' | 'tcp';
  /** CoreDNS's numbers: 1 = IPv4, 2 = IPv6. */
  readonly family: '1' | '2';
  readonly drops = new Map<TransportDropReason, number>();
  readonly malformed = new Map<string, number>(malformedCauses.map((cause) => [cause, 0]));
  private readonly outside = new ZoneCounters('dropped');
  private readonly zones: (ZoneCounters | undefined)[] = [];

  constructor(server: string, protocol: 'udp' | 'tcp', family: '1' | '2') {
    this.server = server;
    this.protocol = protocol;
    this.family = family;
  }

  /** Counts the answer that `responder` has just made. */
  answered(responder: Responder, durationMs: number): void {
    const { zone } = responder;
    const counters = zone === undefined ? this.outside : (this.zones[zone.id] ??= new ZoneCounters(zone.label));
    const type = typeSlots[responder.type] as number;
    counters.byType[type] = (counters.byType[type] as number) + 1;
    counters.byResponseCode[responder.responseCode] = (counters.byResponseCode[responder.responseCode] as number) + 1;
    let bucket = 0;
    const seconds = durationMs / 1000;
    while (bucket < durationBucketsSeconds.length && seconds > (durationBucketsSeconds[bucket] as number)) bucket++;
    counters.byDuration[bucket] = (counters.byDuration[bucket] as number) + 1;
    counters.durationSeconds += seconds;
    if (responder.malformed !== undefined) this.malformed.set(responder.malformed, (this.malformed.get(responder.malformed) as number) + 1);
  }

  /** Counts a packet without answer. */
  dropped(reason: TransportDropReason): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + 1);
  }

  /** Everything counted so far, for a scrape. */
  *read(): Generator<ZoneCounts> {
    for (const counters of [this.outside, ...this.zones]) {
      if (counters === undefined) continue;
      yield {
        zone: counters.label,
        types: nonZero(counters.byType, (slot) => (slot === otherType ? 'other' : recordTypeName(labelledTypes[slot] as number))),
        responseCodes: nonZero(counters.byResponseCode, responseCodeName),
        durations: [...counters.byDuration],
        durationSeconds: counters.durationSeconds,
      };
    }
  }
}

function nonZero(counts: Float64Array, labelOf: (slot: number) => string): Map<string, number> {
  return new Map([...counts.entries()].filter(([, count]) => count > 0).map(([slot, count]) => [labelOf(slot), count]));
}
