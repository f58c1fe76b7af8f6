import { countedTypes } from '@seamark/netio';

import type { AnswerReport, DropReason } from '../respond/answer-report.ts';
import { malformedCauses } from '../wire/malformed.ts';
import { responseCodeName } from '../wire/protocol-codes.ts';
import { nonZero, typeLabel } from './counted-slots.ts';

/** Why a packet or connection got no answer; handlers that drop have words of their own. */
export type TransportDropReason =
  | Exclude<DropReason, 'by_handler'>
  | 'overloaded'
  | 'send_failed'
  | 'source_port_zero'
  | 'too_many_connections'
  | 'too_many_connections_of_client'
  | 'closed_for_another'
  | 'read_timeout'
  | 'tls_handshake'
  | 'client_certificate'
  | 'write_timeout';

/** Upper bounds in seconds of CoreDNS's duration histogram: 0.25 ms doubled 15 times. */
export const durationBucketsSeconds: readonly number[] = Array.from({ length: 16 }, (_, index) => 0.000_25 * 2 ** index);

/** Upper bounds in octets of CoreDNS's histograms of sizes. */
export const sizeBucketsOctets: readonly number[] = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3];

/** Types have a slot of their own where CoreDNS has a label for them; all others share one, so that clients cannot make labels. */
const otherType = countedTypes.length;
const typeSlots = new Uint8Array(0x10000).fill(otherType);
for (const [slot, type] of countedTypes.entries()) typeSlots[type] = slot;

const sizeSlots = Uint8Array.from({ length: 0x10000 }, (_, size) => {
  const slot = sizeBucketsOctets.findIndex((bound) => size <= bound);
  return slot < 0 ? sizeBucketsOctets.length : slot;
});

/** Response codes with a slot of their own: all that are assigned up to BADCOOKIE (23); the last slot takes others. */
const responseCodeSlots = 25;

/** What one directive answered in one zone. */
interface PluginCounts {
  readonly plugin: string;
  readonly byResponseCode: Float64Array;
}

/** Counters of one zone at one listener. */
class ZoneCounters {
  readonly label: string;
  readonly byType = new Float64Array(otherType + 1);
  readonly byDuration = new Float64Array(durationBucketsSeconds.length + 1);
  readonly byQuerySize = new Float64Array(sizeBucketsOctets.length + 1);
  readonly byAnswerSize = new Float64Array(sizeBucketsOctets.length + 1);
  durationSeconds = 0;
  queryOctets = 0;
  answerOctets = 0;
  dnssecOk = 0;
  readonly plugins: PluginCounts[] = [];
  private lastPlugin: PluginCounts;

  constructor(label: string) {
    this.label = label;
    this.lastPlugin = { plugin: '', byResponseCode: new Float64Array(responseCodeSlots) };
    this.plugins.push(this.lastPlugin);
  }

  /** A question, whether or not it is answered. */
  asked(report: AnswerReport): void {
    increment(this.byType, typeSlots[report.type] as number);
    increment(this.byQuerySize, sizeSlots[report.queryOctets] as number);
    this.queryOctets += report.queryOctets;
    if (report.dnssecOk) this.dnssecOk++;
  }

  answered(report: AnswerReport, durationMs: number): void {
    increment(this.of(report.by), Math.min(report.responseCode, responseCodeSlots - 1));
    const seconds = durationMs / 1000;
    let bucket = 0;
    while (bucket < durationBucketsSeconds.length && seconds > (durationBucketsSeconds[bucket] as number)) bucket++;
    increment(this.byDuration, bucket);
    increment(this.byAnswerSize, sizeSlots[report.answerOctets] as number);
    this.durationSeconds += seconds;
    this.answerOctets += report.answerOctets;
  }

  private of(plugin: string): Float64Array {
    if (this.lastPlugin.plugin !== plugin) {
      let counts = this.plugins.find((other) => other.plugin === plugin);
      if (counts === undefined) this.plugins.push((counts = { plugin, byResponseCode: new Float64Array(responseCodeSlots) }));
      this.lastPlugin = counts;
    }
    return this.lastPlugin.byResponseCode;
  }
}

/** A histogram as plain numbers: entries per bucket, not cumulative; the last is above every bound. */
export interface HistogramCounts {
  readonly buckets: readonly number[];
  readonly sum: number;
}

/** What {@link ListenerCounters.read} gives: plain numbers of one zone, or of what was refused before a zone was known. */
export interface ZoneCounts {
  /** `example.org.`; CoreDNS's `dropped`; `other` of more zones than are told apart. */
  readonly zone: string;
  readonly types: ReadonlyMap<string, number>;
  /** Answers by directive (`''` = none), then by name of the response code. */
  readonly responses: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly durations: HistogramCounts;
  readonly querySizes: HistogramCounts;
  readonly answerSizes: HistogramCounts;
  /** Queries with DO. */
  readonly dnssecOk: number;
}

/** Counts of questions that are answered elsewhere, for {@link ListenerCounters.include}. */
export interface CountSource {
  zones(): readonly ZoneCounts[];
  /** By reason. */
  drops(): Readonly<Record<string, number>>;
  /** All of them, which were compiled ahead. */
  compiledAnswers(): number;
}

/** Counts what one listener does, in typed arrays: no string, object or map entry per query. */
export class ListenerCounters {
  /** CoreDNS's label: `dns://:53`. */
  readonly server: string;
  readonly protocol: 'udp' | 'tcp';
  /** CoreDNS's numbers: 1 = IPv4, 2 = IPv6. */
  readonly family: '1' | '2';
  private readonly ownDrops = new Map<string, number>();
  private ownCompiledAnswers = 0;
  private readonly sources = new Set<CountSource>();
  readonly malformed = new Map<string, number>(malformedCauses.map((cause) => [cause, 0]));
  /** Answers over HTTPS by status. */
  readonly httpStatuses = new Map<number, number>();
  private readonly zones = new Map<string, ZoneCounters>();
  private last: ZoneCounters = new ZoneCounters('dropped');

  constructor(server: string, protocol: 'udp' | 'tcp', family: '1' | '2') {
    this.server = server;
    this.protocol = protocol;
    this.family = family;
    this.zones.set('dropped', this.last);
  }

  /** Counts a question and its answer. */
  answered(report: AnswerReport, durationMs: number): void {
    const zone = this.zoneOf(report);
    zone.asked(report);
    zone.answered(report, durationMs);
    if (report.compiled) this.ownCompiledAnswers++;
    if (report.malformed !== undefined) this.malformed.set(report.malformed, (this.malformed.get(report.malformed) as number) + 1);
  }

  /** Counts a packet without an answer; one that a handler drops is a question. */
  unanswered(report: AnswerReport): void {
    const isQuestion = report.dropReason === 'by_handler';
    if (isQuestion) this.zoneOf(report).asked(report);
    this.add(isQuestion ? report.dropDetail : report.dropReason);
  }

  /** Counts a packet or connection that the transport does not take. */
  dropped(reason: TransportDropReason): void {
    this.add(reason);
  }

  /** Counts a status of HTTP. */
  httpStatus(status: number): void {
    this.httpStatuses.set(status, (this.httpStatuses.get(status) ?? 0) + 1);
  }

  /** Counts what another source counts as well; what it has counted until it is disposed stays. */
  include(source: CountSource): Disposable {
    this.sources.add(source);
    return {
      [Symbol.dispose]: () => {
        if (!this.sources.delete(source)) return;
        const [zones, drops, compiledAnswers] = [source.zones(), source.drops(), source.compiledAnswers()];
        this.sources.add({ zones: () => zones, drops: () => drops, compiledAnswers: () => compiledAnswers });
      },
    };
  }

  /** Answers that were compiled ahead. */
  get compiledAnswers(): number {
    return [...this.sources].reduce((sum, source) => sum + source.compiledAnswers(), this.ownCompiledAnswers);
  }

  /** Packets and connections without an answer, by reason. */
  get drops(): ReadonlyMap<string, number> {
    const drops = new Map(this.ownDrops);
    for (const source of this.sources) {
      for (const [reason, count] of Object.entries(source.drops())) {
        if (count > 0) drops.set(reason, (drops.get(reason) ?? 0) + count);
      }
    }
    return drops;
  }

  /** Everything counted so far, for a scrape; a zone may come several times. */
  *read(): Generator<ZoneCounts> {
    for (const counters of this.zones.values()) {
      if (!counters.byType.some((count) => count > 0)) continue;
      yield {
        zone: counters.label,
        types: nonZero(counters.byType, typeLabel),
        responses: new Map(counters.plugins.map(({ plugin, byResponseCode }) => [plugin, nonZero(byResponseCode, responseCodeName)])),
        durations: { buckets: [...counters.byDuration], sum: counters.durationSeconds },
        querySizes: { buckets: [...counters.byQuerySize], sum: counters.queryOctets },
        answerSizes: { buckets: [...counters.byAnswerSize], sum: counters.answerOctets },
        dnssecOk: counters.dnssecOk,
      };
    }
    for (const source of this.sources) yield* source.zones();
  }

  private zoneOf(report: AnswerReport): ZoneCounters {
    const zone = report.zone === '' ? 'dropped' : report.zone;
    if (this.last.label !== zone) {
      let counters = this.zones.get(zone);
      if (counters === undefined) this.zones.set(zone, (counters = new ZoneCounters(zone)));
      this.last = counters;
    }
    return this.last;
  }

  private add(reason: string): void {
    this.ownDrops.set(reason, (this.ownDrops.get(reason) ?? 0) + 1);
  }
}

function increment(counts: Float64Array, slot: number): void {
  counts[slot] = (counts[slot] as number) + 1;
}
