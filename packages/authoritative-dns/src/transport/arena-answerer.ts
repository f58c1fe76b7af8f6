import type { AnswerArena } from '@seamark/netio';

import type { ZoneNumbers } from '../arena/zone-numbers.ts';
import type { Client } from '../chain/request.ts';
import type { AnswerReport } from '../respond/answer-report.ts';
import type { WriteAnswer } from '../respond/pipeline.ts';
import { headerOctets } from '../wire/limits.ts';
import type { Answerer } from './transport.ts';

/** For streams: answers from an arena, and asks another what the arena leaves. */
export class ArenaAnswerer implements Answerer {
  readonly report: AnswerReport;
  private readonly arena: AnswerArena;
  private readonly labels: ZoneNumbers;
  private readonly next: Answerer;

  /** `labels` has what the arena counts its zones as. */
  constructor(arena: AnswerArena, labels: ZoneNumbers, next: Answerer) {
    this.report = next.report;
    this.arena = arena;
    this.labels = labels;
    this.next = next;
  }

  /** As the pipeline's `answer`, for clients over TCP or TLS. */
  answer(packet: Uint8Array, client: Client, out: Uint8Array): number | Promise<WriteAnswer> {
    const length = this.arena.answer(packet, out, true, client);
    // What gets no answer is told from what is asked, and counted, by the other.
    if (length <= 0) return this.next.answer(packet, client, out);
    const { report } = this;
    const { countedAs, type, responseCode } = this.arena.facts();
    const answering = countedAs === undefined ? undefined : this.labels.at(countedAs);
    report.reset(packet.length);
    report.compiled = true;
    report.type = type;
    report.responseCode = responseCode;
    report.zone = answering?.label ?? '';
    report.by = answering?.by ?? '';
    report.dnssecOk = isDnssecOk(packet);
    report.answerOctets = length;
    return length;
  }
}

/** Whether a query that the arena answered, with one question and at most an OPT behind it, has DO. */
function isDnssecOk(query: Uint8Array): boolean {
  if (query[11] === 0) return false; // ARCOUNT
  let at = headerOctets;
  while ((query[at] as number) > 0) at += (query[at] as number) + 1;
  // Behind the root are type and class; of the OPT root, type, size, code, version.
  return ((query[at + 5 + 7] as number) & 0x80) !== 0;
}
