/** Types with a counter of their own, CoreDNS's; in the order of native/counters.c. All others count as one. */
export const countedTypes: readonly number[] = [
  1, 2, 5, 6, 12, 13, 15, 16, 28, 33, 35, 43, 46, 47, 48, 50, 51, 52, 59, 60, 64, 65, 251, 252, 255,
];

const typeSlots = 26;
const responseCodeSlots = 17;
const durationSlots = 17;
const zoneNumbers = typeSlots + responseCodeSlots + durationSlots + 1;
const generalNumbers = 6;
const dropReasons = 5;

/** Counters of one zone, or of what was answered for no zone. */
export interface ZoneAnswerCounts {
  /** By place in {@link countedTypes}; the last is for all other types. */
  readonly types: Float64Array;
  /** By code, 0 to 16. */
  readonly responseCodes: Float64Array;
  /** Per bucket, not cumulative: up to 0.25 ms, then each up to twice as much; the last is above every bound. */
  readonly durations: Float64Array;
  readonly durationSeconds: number;
}

/** What was answered without JavaScript, as plain numbers for a scrape. */
export class AnswerCounts {
  /** For the addon, which adds to it. */
  readonly numbers: Float64Array;
  /** Zones below this number have counters. */
  readonly zones: number;
  /** For the addon: zones and what belongs to none. */
  readonly blocks: number;

  constructor(zones: number) {
    this.zones = zones;
    this.blocks = zones + 1;
    this.numbers = new Float64Array(generalNumbers + dropReasons + this.blocks * zoneNumbers);
  }

  get received(): number {
    return this.numbers[0] as number;
  }

  get answered(): number {
    return this.numbers[1] as number;
  }

  /** Left to JavaScript. */
  get asked(): number {
    return this.numbers[2] as number;
  }

  get receivedOctets(): number {
    return this.numbers[3] as number;
  }

  get sentOctets(): number {
    return this.numbers[4] as number;
  }

  /** Calls of the system that received something. */
  get batches(): number {
    return this.numbers[5] as number;
  }

  /** Packets without an answer, by reason. */
  get drops(): Readonly<Record<'too_short' | 'is_response' | 'source_port_zero' | 'overloaded' | 'send_failed', number>> {
    const at = (reason: number): number => this.numbers[generalNumbers + reason] as number;
    return { too_short: at(0), is_response: at(1), source_port_zero: at(2), overloaded: at(3), send_failed: at(4) };
  }

  /** Of a zone by its number; `undefined` = of what is in no zone. */
  of(zone: number | undefined): ZoneAnswerCounts {
    const at = generalNumbers + dropReasons + (zone === undefined ? 0 : zone + 1) * zoneNumbers;
    const part = (from: number, length: number): Float64Array => this.numbers.subarray(at + from, at + from + length);
    return {
      types: part(0, typeSlots),
      responseCodes: part(typeSlots, responseCodeSlots),
      durations: part(typeSlots + responseCodeSlots, durationSlots),
      durationSeconds: (this.numbers[at + zoneNumbers - 1] as number) / 1e9,
    };
  }
}
