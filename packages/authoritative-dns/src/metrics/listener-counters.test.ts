import { expect, test } from 'vitest';

import { AnswerReport } from '../respond/answer-report.ts';
import { recordTypeCode } from '../wire/record-type.ts';
import { ListenerCounters } from './listener-counters.ts';

function report(values: Partial<AnswerReport>): AnswerReport {
  return Object.assign(new AnswerReport(), { zone: 'example.org.', by: 'file', type: 1, queryOctets: 40, ...values });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

test("types that CoreDNS has no label for are 'other'", () => {
  const counters = new ListenerCounters('dns://:53', 'udp', '1');
  const labelled = 'A AAAA CNAME DNSKEY DS MX NSEC3 NSEC NS PTR RRSIG SOA SRV TXT HTTPS SVCB IXFR AXFR ANY'.split(' ');
  const others = ['NAPTR', 'TLSA', 'CAA', 'CDS', 'HINFO', 'TYPE65280'];
  for (const type of [...labelled, ...others]) counters.answered(report({ type: recordTypeCode(type) as number }), 1);
  const [zone] = [...counters.read()];
  expect(Object.fromEntries(zone?.types ?? [])).toEqual({ ...Object.fromEntries(labelled.map((type) => [type, 1])), other: others.length });
});

test('a question that a handler drops is a request without a response', () => {
  const counters = new ListenerCounters('dns://:53', 'udp', '1');
  counters.unanswered(report({ dropReason: 'by_handler', dropDetail: 'acl', dnssecOk: true }));
  counters.unanswered(report({ dropReason: 'too_short' }));
  const zones = [...counters.read()];
  expect(zones.map(({ zone, types, dnssecOk }) => [zone, [...types], dnssecOk])).toEqual([['example.org.', [['A', 1]], 1]]);
  expect([
    sum(zones[0]?.querySizes.buckets ?? []),
    sum(zones[0]?.answerSizes.buckets ?? []),
    sum(zones[0]?.durations.buckets ?? []),
  ]).toEqual([1, 0, 0]);
  expect(Object.fromEntries(counters.drops)).toEqual({ acl: 1, too_short: 1 });
});
