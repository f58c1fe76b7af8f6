import { hostname } from 'node:os';

import { expect, test } from 'vitest';

import { emptyResponse } from '../../chain/response.ts';
import type { EdnsOption } from '../../wire/message.ts';
import { responseOf } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, setUp } from '../testing/set-up.ts';
import { nsidSetup } from './setup.ts';

const nsid = 3;

function optionsFor(line: string, asked: readonly EdnsOption[] | undefined): unknown {
  const edns = asked && { udpPayloadSize: 1232, version: 0, dnssecOk: false, options: asked };
  const { handler } = setUp(nsidSetup, line);
  return responseOf(handler.handle(question('www.example.org', 'A', { edns }), () => emptyResponse('file', 0))).ednsOptions;
}

const asks: readonly EdnsOption[] = [{ code: nsid, data: new Uint8Array(0) }];

test.each([
  ['nsid', hostname()],
  ['nsid "ps0"', 'ps0'],
  ['nsid "tf 2"', 'tf 2'],
  ['nsid tf 3', 'tf 3'],
])('%s tells those who ask "%s"', (line, text) => {
  expect(optionsFor(line, asks)).toEqual([{ code: nsid, data: Buffer.from(text) }]);
});

test('it stands once in a block', () => {
  expect(problemOf(nsidSetup, 'nsid\nnsid')).toContain('Corefile:3: nsid stands twice in this server block');
});

test('it tells nobody who does not ask', () => {
  expect(optionsFor('nsid ps0', undefined)).toBeUndefined();
  expect(optionsFor('nsid ps0', [{ code: 10, data: new Uint8Array(8) }])).toBeUndefined();
});

test('answers compiled ahead can carry it without the handler', () => {
  expect(setUp(nsidSetup, 'nsid ps0').handler.ahead).toEqual({ nsid: Buffer.from('ps0') });
});
