import { dnsNameFromWire, dnsNameToWire } from '@seamark/common/model';

import type { DnsResponse, Outcome, RecordSet } from '../../chain/response.ts';
import { rdataToText, recordFromText } from '../../wire/presentation/index.ts';
import { responseCodeName } from '../../wire/protocol-codes.ts';
import { recordTypeCode, recordTypeName } from '../../wire/record-type.ts';

/** An RRset of the lines of a zone file: owner, TTL and type once, RDATA for each record. */
export function recordSet(owner: string, ttlSeconds: number, type: string, ...rdata: string[]): RecordSet {
  return {
    owner: dnsNameToWire(owner),
    type: recordTypeCode(type) as number,
    ttlSeconds,
    rdata: rdata.map((text) => octetsOf(type, text)),
  };
}

function octetsOf(type: string, text: string): Uint8Array {
  const result = recordFromText(`${type} ${text}`, undefined);
  if (!result.ok) throw new Error(`${type} ${text}: ${result.problem}`);
  return result.value.rdata;
}

/** A section as lines of a zone file, without classes. */
export function sectionText(sets: readonly RecordSet[]): string[] {
  return sets.flatMap((set) =>
    set.rdata.map((rdata) => {
      const owner = dnsNameFromWire(set.owner);
      return `${owner === '.' ? '' : owner}. ${set.ttlSeconds} ${recordTypeName(set.type)} ${rdataToText(set.type, rdata)}`;
    }),
  );
}

/** Response code, `aa` and the answer section in one line each: enough to compare most answers. */
export function answerText(outcome: Outcome | Promise<Outcome>): string[] {
  if (outcome instanceof Promise) throw new Error('the answer is not there at once');
  if ('drop' in outcome) return [`dropped by ${outcome.by}`];
  return [`${responseCodeName(outcome.responseCode)}${outcome.authoritative ? ' aa' : ''}`, ...sectionText(outcome.answers)];
}

/** The response of a handler that answered at once. */
export function responseOf(outcome: Outcome | Promise<Outcome>): DnsResponse {
  if (outcome instanceof Promise || 'drop' in outcome) throw new Error('there is no answer, or not at once');
  return outcome;
}
