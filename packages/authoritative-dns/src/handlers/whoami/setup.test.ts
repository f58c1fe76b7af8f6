import { expect, test } from 'vitest';

import { responseOf, sectionText } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, refuse, setUp } from '../testing/set-up.ts';
import { whoamiSetup } from './setup.ts';

const { handler } = setUp(whoamiSetup, 'whoami');

test('whoami takes nothing', () => {
  expect(problemOf(whoamiSetup, 'whoami')).toBeUndefined();
  expect(problemOf(whoamiSetup, 'whoami now')).toContain('whoami takes no arguments');
});

test.each([
  ['192.0.2.7', 'udp', ['www.example.org. 0 A 192.0.2.7', '_udp.www.example.org. 0 SRV 0 0 5353 .']],
  ['2001:db8::7', 'tcp', ['www.example.org. 0 AAAA 2001:db8::7', '_tcp.www.example.org. 0 SRV 0 0 5353 .']],
  ['2001:db8::7', 'tls', ['www.example.org. 0 AAAA 2001:db8::7', '_tcp.www.example.org. 0 SRV 0 0 5353 .']],
] as const)('%s over %s is told so', (from, transport, lines) => {
  const response = responseOf(handler.handle(question('www.example.org', 'MX', { from, transport }), refuse));
  expect([response.responseCode, response.authoritative, response.answers]).toEqual([0, true, []]);
  expect(sectionText(response.additionals)).toEqual(lines);
});

test('at the root, too', () => {
  expect(sectionText(responseOf(handler.handle(question('.'), refuse)).additionals)).toEqual([
    '. 0 A 192.0.2.53',
    '_udp. 0 SRV 0 0 5353 .',
  ]);
});

test('a name with no room for another label gets the address alone', () => {
  const name = [63, 63, 63, 61].map((length) => 'x'.repeat(length)).join('.');
  expect(responseOf(handler.handle(question(name), refuse)).additionals).toHaveLength(1);
});
