/** Types with a counter of their own, CoreDNS's; in the order of native/counters.c. All others count as one. */
export const countedTypes: readonly number[] = [1, 2, 5, 6, 12, 15, 16, 28, 33, 43, 46, 47, 48, 50, 64, 65, 251, 252, 255];

const typeSlots = countedTypes.length + 1;
const responseCodeSlots = 17;
const durationSlots = 17;
const sizeSlots = 15;
/** Where the numbers of a zone stand, as native/counters.h has it; histograms have their sum behind them. */
const responseCodesAt = typeSlots;
const durationsAt = responseCodesAt + responseCodeSlots;
const querySizesAt = durationsAt + durationSlots + 1;
const answerSizesAt = querySizesAt + sizeSlots + 1;
const dnssecOkAt = answerSizesAt + sizeSlots + 1;
const zoneNumbers = dnssecOkAt + 1;
const generalNumbers = 6;
const dropReasons = 5;

/** Counters of zones that are counted as one, or of what was answered for no zone. */
export interface ZoneAnswerCounts {
  /** By place in {@link countedTypes}; the last is for all other types. */
  readonly types: Float64Array;
  /** By code, 0 to 16. */
  readonly responseCodes: Float64Array;
  /** Per bucket, not cumulative: up to 0.25 ms, then each up to twice as much; the last is above every bound. */
  readonly durations: Float64Array;
  readonly durationSeconds: number;
  /** Per bucket, not cumulative: up to 0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16000, 32000, 48000 and 64000 octets, and above. */
  readonly querySizes: Float64Array;
  readonly queryOctets: number;
  /** Buckets as those of {@link querySizes}. */
  readonly answerSizes: Float64Array;
  readonly answerOctets: number;
  /** Queries with DO. */
  readonly dnssecOk: number;
}

/** What was answered without JavaScript, as plain numbers for a scrape. */
export class AnswerCounts {
  /** For the addon, which adds to it. */
  readonly numbers: Float64Array;
  /** It has the counters of zones that are counted as less than this. */
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

  /** Of the zones that are counted as this; `undefined` = of what is in no zone. */
  of(countedAs: number | undefined): ZoneAnswerCounts {
    const at = generalNumbers + dropReasons + (countedAs === undefined ? 0 : countedAs + 1) * zoneNumbers;
    const part = (from: number, length: number): Float64Array => this.numbers.subarray(at + from, at + from + length);
    const one = (place: number): number => this.numbers[at + place] as number;
    return {
      types: part(0, typeSlots),
      responseCodes: part(responseCodesAt, responseCodeSlots),
      durations: part(durationsAt, durationSlots),
      durationSeconds: one(durationsAt + durationSlots) / 1e9,
      querySizes: part(querySizesAt, sizeSlots),
      queryOctets: one(querySizesAt + sizeSlots),
      answerSizes: part(answerSizesAt, sizeSlots),
      answerOctets: one(answerSizesAt + sizeSlots),
      dnssecOk: one(dnssecOkAt),
    };
  }
}
