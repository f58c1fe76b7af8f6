import { expect, test } from 'vitest';

import { emptyResponse } from '../../chain/response.ts';
import { responseOf } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, setUp } from '../testing/set-up.ts';
import { bufsizeSetup } from './setup.ts';

test.each(['bufsize', 'bufsize "1220"', 'bufsize 512', 'bufsize 4096'])('%s is taken', (line) => {
  expect(problemOf(bufsizeSetup, line)).toBeUndefined();
});

test.each(['bufsize "5000"', 'bufsize "512 512"', 'bufsize 511', 'bufsize 512 512', 'bufsize abc', 'bufsize 512 {\n more\n}'])(
  '%s is not',
  (line) => {
    expect(problemOf(bufsizeSetup, line)).toContain('Corefile:');
  },
);

test.each([
  ['bufsize', 4096, 1232],
  ['bufsize', 1000, 1000],
  ['bufsize 700', 1232, 700],
  ['bufsize 4096', 4096, 4096],
])('%s makes %d octets %d, and limits the answer', (line, asked, passed) => {
  const { handler } = setUp(bufsizeSetup, line);
  const edns = { udpPayloadSize: asked, version: 0, dnssecOk: true, options: [] };
  const seen: unknown[] = [];
  const response = responseOf(
    handler.handle(question('www.example.org', 'A', { edns }), (request) => {
      seen.push(request.edns);
      return emptyResponse('file', 0);
    }),
  );
  expect(seen).toEqual([{ ...edns, udpPayloadSize: passed }]);
  const limit = Number(line.split(' ')[1] ?? 1232);
  expect(response.udpPayloadLimit).toBe(limit);
  expect(handler.ahead).toEqual({ udpPayloadLimit: limit });
});

test('a question without EDNS passes unchanged', () => {
  const { handler } = setUp(bufsizeSetup, 'bufsize');
  const asked = question('www.example.org');
  const seen: unknown[] = [];
  void handler.handle(asked, (request) => {
    seen.push(request);
    return emptyResponse('file', 0);
  });
  expect(seen[0]).toBe(asked);
});
