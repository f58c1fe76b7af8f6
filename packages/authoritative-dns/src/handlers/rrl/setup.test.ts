import { describe, expect, test } from 'vitest';

import type { DnsResponse, Outcome } from '../../chain/response.ts';
import { createMetrics } from '@seamark/common/observability';
import { question, type QuestionOptions } from '../testing/question.ts';
import { recordSet } from '../testing/answer-text.ts';
import { problemOf, setUp } from '../testing/set-up.ts';
import { rrlSetup } from './setup.ts';

const base: DnsResponse = {
  responseCode: 0,
  authoritative: true,
  answers: [],
  authorities: [],
  additionals: [],
  by: 'file',
  zone: 'example.org.',
};
const positive: DnsResponse = { ...base, answers: [recordSet('web.example.org', 60, 'A', '192.0.2.1')] };
const soa = recordSet('example.org', 5, 'SOA', 'ns1.example.org. hostmaster.example.org. 1 2 3 4 5');
const nameError: DnsResponse = { ...base, responseCode: 3, authorities: [soa] };
const referral: DnsResponse = {
  ...base,
  authoritative: false,
  authorities: [recordSet('sub.example.org', 60, 'NS', 'ns1.sub.example.org.')],
};

/** What becomes of the same answer to several questions: s(ent), t(runcated), d(ropped). */
function fates(lines: string, response: DnsResponse, names: readonly string[], options: QuestionOptions = {}): string {
  const { handler } = setUp(rrlSetup, lines);
  return names
    .map((name) => handler.handle(question(name, 'A', options), () => response) as Outcome)
    .map((outcome) => ('drop' in outcome ? 'd' : outcome.truncated === true ? 't' : 's'))
    .join('');
}
const same = (count: number): string[] => Array.from({ length: count }, () => 'web.example.org');
const other = (count: number): string[] => Array.from({ length: count }, (_, n) => `n${n}.example.org`);
const two = 'rrl {\n responses-per-second 2\n}';

describe('what rrl takes', () => {
  test.each([
    'rrl',
    'rrl . example.org',
    two,
    'rrl {\n window 5.5\n ipv4-prefix-length 32\n ipv6-prefix-length 64\n responses-per-second 0.5\n}',
    'rrl {\n nodata-per-second 1\n nxdomains-per-second 2\n referrals-per-second 3\n errors-per-second 4\n requests-per-second 5\n}',
    'rrl {\n slip-ratio 0\n max-table-size 10\n report-only\n}',
  ])('%s', (lines) => {
    expect(problemOf(rrlSetup, lines)).toBeUndefined();
  });

  test.each([
    ['rrl {\n windows 5\n}', 'Corefile:3: "windows" is not an option of rrl'],
    ['rrl {\n window 0\n}', 'Corefile:3: "0" is not a number of seconds'],
    ['rrl {\n window\n}', 'Corefile:3: window needs one argument'],
    ['rrl {\n ipv4-prefix-length 33\n}', 'Corefile:3: "33" is not a prefix length'],
    ['rrl {\n responses-per-second -1\n}', 'Corefile:3: "-1" is not a number of responses'],
    ['rrl {\n slip-ratio 11\n}', 'Corefile:3: "11" is not a ratio'],
    ['rrl {\n report-only yes\n}', 'Corefile:3: report-only takes no arguments'],
    ['rrl\nrrl', 'Corefile:3: rrl stands twice'],
  ])('not %s', (lines, problem) => {
    expect(problemOf(rrlSetup, lines)).toContain(problem);
  });
});

describe('what rrl does', () => {
  test('limits the same answer to one network, and lets every second of the rest slip', () => {
    expect(fates(two, positive, same(6))).toBe('ssdtdt');
    expect(fates(two, positive, other(6))).toBe('ssssss');
    expect(fates('rrl', positive, same(6))).toBe('ssssss');
  });

  test('counts names that do not exist together, and so referrals and errors', () => {
    expect(fates(two, nameError, other(4))).toBe('ssdt');
    expect(fates(two, referral, ['a.sub.example.org', 'b.sub.example.org', 'c.sub.example.org'])).toBe('ssd');
    expect(fates(two, { ...base, responseCode: 5 }, other(3))).toBe('ssd');
    expect(fates(two, base, other(3))).toBe('sss');
    expect(fates('rrl {\n responses-per-second 2\n nxdomains-per-second 0\n}', nameError, other(4))).toBe('ssss');
  });

  test('leaves alone whose address is no forgery, and zones of others', () => {
    expect(fates(two, positive, same(4), { transport: 'tcp' })).toBe('ssss');
    expect(fates(two, positive, same(4), { validCookie: true })).toBe('ssss');
    expect(fates('rrl example.net {\n responses-per-second 2\n}', positive, same(4))).toBe('ssss');
  });

  test('limits questions, whatever they are', () => {
    expect(fates('rrl {\n requests-per-second 2\n}', positive, other(4))).toBe('ssdd');
  });

  test('sends a truncated answer without records, and no NXDOMAIN that might be kept', () => {
    const { handler } = setUp(rrlSetup, 'rrl {\n responses-per-second 1\n slip-ratio 1\n}');
    void handler.handle(question('a.example.org'), () => nameError);
    expect(handler.handle(question('b.example.org'), () => nameError)).toEqual({ ...base, truncated: true });
  });

  test('only counts with report-only', async () => {
    const metrics = createMetrics({ version: '0', component: 'test' });
    const { handler } = setUp(rrlSetup, 'rrl {\n responses-per-second 1\n report-only\n}', { context: { metrics } });
    for (let n = 0; n < 4; n++) expect(handler.handle(question('web.example.org'), () => positive)).toBe(positive);
    const text = await metrics.metrics();
    expect(text).toContain('coredns_rrl_responses_exceeded_total{server="dns://:1053",kind="responses",action="drop"} 2');
    expect(text).toContain('coredns_rrl_responses_exceeded_total{server="dns://:1053",kind="responses",action="slip"} 1');
  });
});
