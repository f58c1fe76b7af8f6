import { createMetrics } from '@seamark/common/observability';
import { describe, expect, test } from 'vitest';

import { answerText, responseOf, sectionText } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, refuse, setUp } from '../testing/set-up.ts';
import { localSetup } from './setup.ts';

const { handler } = setUp(localSetup, 'local');
const ask = (name: string, type: string): string[] => answerText(handler.handle(question(name, type), refuse));
const week = 604_800;

describe('what local takes', () => {
  test.each(['local', 'local {\n localhost_prefix off\n}', 'local {\n localhost_prefix on\n}'])('%s', (lines) => {
    expect(problemOf(localSetup, lines)).toBeUndefined();
  });

  test.each(['local now', 'local {\n foo\n}', 'local {\n localhost_prefix maybe\n}', 'local {\n localhost_prefix\n}'])(
    'not %s',
    (lines) => {
      expect(problemOf(localSetup, lines)).toMatch(/^Corefile:[23]: /);
    },
  );
});

describe('what local answers', () => {
  test.each([
    ['localhost', 'A', `localhost. ${week} A 127.0.0.1`],
    ['LocalHost', 'AAAA', `localhost. ${week} AAAA ::1`],
    ['a.b.localhost', 'A', `a.b.localhost. ${week} A 127.0.0.1`],
    ['localhost.example.org', 'AAAA', `localhost.example.org. ${week} AAAA ::1`],
    ['localhost', 'NS', `localhost. ${week} NS localhost.`],
    ['127.in-addr.arpa', 'SOA', `127.in-addr.arpa. ${week} SOA localhost. root.localhost. 1 0 0 0 ${week}`],
    ['1.0.0.127.in-addr.arpa', 'PTR', `1.0.0.127.in-addr.arpa. ${week} PTR localhost.`],
  ])('%s %s', (name, type, record) => {
    expect(ask(name, type)).toEqual(['NOERROR aa', record]);
  });

  test.each([
    ['localhost', 'MX', 'localhost'],
    ['a.localhost', 'TXT', 'localhost'],
    ['127.in-addr.arpa', 'A', '127.in-addr.arpa'],
    ['1.0.0.127.in-addr.arpa', 'A', '127.in-addr.arpa'],
    ['0.127.in-addr.arpa', 'PTR', '127.in-addr.arpa'],
  ])('%s exists and has no %s', (name, type, zone) => {
    const response = responseOf(handler.handle(question(name, type), refuse));
    expect(answerText(response)).toEqual(['NOERROR aa']);
    expect(sectionText(response.authorities)).toEqual([`${zone}. ${week} SOA localhost. root.localhost. 1 0 0 0 ${week}`]);
  });

  test.each(['2.0.0.127.in-addr.arpa', '1.255.in-addr.arpa', 'x.0.in-addr.arpa'])('%s is missing', (name) => {
    expect(ask(name, 'PTR')).toEqual(['NXDOMAIN aa']);
  });

  test.each(['www.example.org', 'xlocalhost', '1.10.in-addr.arpa', 'localhostess.example.org'])('%s goes on', (name) => {
    expect(ask(name, 'A')).toEqual(['REFUSED']);
  });

  test('localhost_prefix off leaves names of other zones alone', () => {
    const off = setUp(localSetup, 'local {\n localhost_prefix off\n}').handler;
    expect(answerText(off.handle(question('localhost.example.org'), refuse))).toEqual(['REFUSED']);
    expect(answerText(off.handle(question('x.localhost'), refuse))[0]).toBe('NOERROR aa');
  });

  test('it counts names below localhost, not localhost', async () => {
    const metrics = createMetrics({ version: '0', component: 'test' });
    const counting = setUp(localSetup, 'local', { context: { metrics } }).handler;
    for (const name of ['localhost', 'x.localhost', 'localhost.example.org', '127.in-addr.arpa'])
      void counting.handle(question(name), refuse);
    expect(await metrics.metrics()).toContain('\ncoredns_local_localhost_requests_total 2\n');
  });
});
