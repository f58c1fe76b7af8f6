import { expect, test } from 'vitest';

import { type DnsResponse, emptyResponse } from '../../chain/response.ts';
import { recordSet, responseOf } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, setUp } from '../testing/set-up.ts';
import { minimalSetup } from './setup.ts';

const { handler } = setUp(minimalSetup, 'minimal');
const ns = recordSet('example.org', 60, 'NS', 'ns.example.org.');
const soa = recordSet('example.org', 5, 'SOA', 'ns.example.org. host.example.org. 1 2 3 4 5');
const glue = recordSet('ns.example.org', 60, 'A', '192.0.2.1');
const alias = recordSet('www.example.org', 60, 'CNAME', 'web.example.org.');
const address = recordSet('web.example.org', 60, 'A', '192.0.2.2');

function kept(responseCode: number, extra: Partial<DnsResponse>): [number, number, number] {
  const response = responseOf(handler.handle(question('www.example.org'), () => emptyResponse('file', responseCode, extra)));
  return [response.answers.length, response.authorities.length, response.additionals.length];
}

test('minimal takes nothing', () => {
  expect(problemOf(minimalSetup, 'minimal')).toBeUndefined();
  expect(problemOf(minimalSetup, 'minimal example.org')).toContain('minimal takes no arguments');
});

test('a positive answer keeps its answer section alone', () => {
  expect(kept(0, { answers: [alias, address], authorities: [ns], additionals: [glue] })).toEqual([2, 0, 0]);
});

test('a referral, a denial and an error stay whole', () => {
  expect(kept(0, { authorities: [ns], additionals: [glue], requiredAdditionals: 1 })).toEqual([0, 1, 1]);
  expect(kept(0, { authorities: [soa] })).toEqual([0, 1, 0]);
  expect(kept(3, { answers: [alias], authorities: [soa] })).toEqual([1, 1, 0]);
});

test('an alias that ends in a denial or a referral stays whole', () => {
  expect(kept(0, { answers: [alias], authorities: [soa] })).toEqual([1, 1, 0]);
  expect(kept(0, { answers: [alias], authorities: [ns], additionals: [glue] })).toEqual([1, 1, 1]);
});

test('answers compiled ahead can be made minimal without it', () => {
  expect(handler.ahead).toEqual({ minimal: true });
});
