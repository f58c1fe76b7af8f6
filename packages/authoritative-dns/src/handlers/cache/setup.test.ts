import { createMetrics } from '@seamark/common/observability';
import { expect, test } from 'vitest';

import { emptyResponse } from '../../chain/response.ts';
import { question } from '../testing/question.ts';
import { problemOf, setUp } from '../testing/set-up.ts';
import { cacheSetup } from './setup.ts';

/** Lines of a block's braces, as CoreDNS's own tests have them. */
test.each([
  'cache',
  'cache {}',
  'cache example.nl {\n success 10\n}',
  'cache example.nl {\n success 10 1800 30\n}',
  'cache example.nl {\n success 10\n denial 10 15 2\n}',
  'cache 25 example.nl {\n success 10\n denial 10 15\n}',
  'cache 25 example.nl {\n success 10\n denial 10 15 5\n}',
  'cache aaa example.nl',
  'cache 10.0.0.0/8',
  'cache {\n prefetch 10 1m 20%\n}',
  'cache {\n serve_stale\n}',
  'cache {\n serve_stale 1h20m\n}',
  'cache {\n serve_stale 0 VERIFY\n}',
  'cache {\n serve_stale 1h immediate 30s\n}',
  'cache {\n serve_stale 1h immediate 30s 30s\n}',
  'cache {\n serve_stale 1h immediate 0\n}',
  'cache {\n serve_stale 1h verify 100ms 30s\n}',
  'cache {\n serve_stale 1h verify 100ms 30s 30s\n}',
  'cache {\n serve_stale 1h verify 0\n}',
  'cache {\n serve_stale 1h VERIFY 250ms\n}',
  'cache {\n serve_stale\n serve_stale_policy prefer_positive\n}',
  'cache {\n servfail 5m\n}',
  'cache {\n servfail 0s\n}',
  'cache {\n disable denial\n}',
  'cache {\n disable success\n}',
  'cache {\n disable denial example.com example.org\n disable success example.com example.org\n}',
  'cache {\n keepttl\n}',
])('%j is accepted', (lines) => {
  expect(problemOf(cacheSetup, lines)).toBeUndefined();
});

test.each([
  ['cache example.nl {\n success\n denial 10 15\n}', 'success needs'],
  ['cache example.nl {\n success 15\n denial aaa\n}', 'number of answers'],
  ['cache -1 example.nl', 'from 1'],
  ['cache 0', 'from 1'],
  ['cache 1 example.nl {\n positive 0\n}', '"positive" is not an option of cache'],
  ['cache 1 example.nl {\n prefetch -1\n}', 'number of questions'],
  ['cache 1 example.nl {\n prefetch 0 blurp\n}', 'not a duration'],
  ['cache {\n prefetch 1 1m 5%\n}', 'from 10 to 90'],
  ['cache {\n prefetch 1 1m 50\n}', 'sign is missing'],
  ['cache\ncache', 'cache stands twice'],
  ['cache {\n serve_stale 1m nono\n}', '"nono" is not a way to refresh'],
  ['cache {\n serve_stale 1h immediate -1s\n}', 'out of range'],
  ['cache {\n serve_stale 1h verify -1ms\n}', 'out of range'],
  ['cache {\n serve_stale 1h verify 100ms -1s\n}', 'out of range'],
  ['cache {\n serve_stale 1h verify 100ms 30s extra\n}', 'not a duration'],
  ['cache {\n serve_stale 1h immediate 30s 5m1s\n}', 'at most'],
  ['cache {\n serve_stale 1h verify 100ms 30s 30s extra\n}', 'one too many'],
  ['cache {\n serve_stale\n serve_stale_policy\n}', 'needs one argument'],
  ['cache {\n serve_stale\n serve_stale_policy prefer_positive extra\n}', 'one too many'],
  ['cache {\n serve_stale\n serve_stale_policy prefer_positive\n serve_stale_policy prefer_positive\n}', 'stands twice'],
  ['cache {\n servfail\n}', 'needs one argument'],
  ['cache {\n servfail 6m\n}', 'out of range'],
  ['cache {\n servfail -1s\n}', 'out of range'],
  ['cache {\n servfail aa\n}', 'not a duration'],
  ['cache {\n servfail 1m invalid\n}', 'one too many'],
  ['cache {\n disable invalid example.com example.org\n}', 'success and denial can'],
])('%j is refused: %s', (lines, problem) => {
  expect(problemOf(cacheSetup, lines)).toContain(problem);
});

test('handlers that answer from memory pass it unseen', () => {
  const { handler } = setUp(cacheSetup, 'cache');
  const own = emptyResponse('etcd', 0, { authoritative: true });
  expect(handler.transparent).toBe(true);
  expect(handler.handle(question('www.example.org'), () => own)).toBe(own);
});

test('its series are there before the first question', async () => {
  const metrics = createMetrics({ version: '0', component: 'test' });
  setUp(cacheSetup, 'cache 30 example.org', { context: { metrics } });
  const text = await metrics.metrics();
  expect(text).toContain('coredns_cache_requests_total{server="dns://:1053",zones="example.org.",view=""} 0');
  expect(text).toContain('coredns_cache_hits_total{server="dns://:1053",type="denial",zones="example.org.",view=""} 0');
});
