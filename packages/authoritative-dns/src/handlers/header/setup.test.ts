import { describe, expect, test } from 'vitest';

import { emptyResponse } from '../../chain/response.ts';
import { responseOf } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, setUp } from '../testing/set-up.ts';
import { headerSetup } from './setup.ts';

describe('what header takes', () => {
  test.each(['header {\n query set rd\n}', 'header {\n response set ra aa\n query clear rd\n}', 'header {\n RESPONSE SET AA\n}'])(
    '%s',
    (lines) => {
      expect(problemOf(headerSetup, lines)).toBeUndefined();
    },
  );

  test.each([
    ['header {}', 'header'],
    ['header', 'header changes nothing'],
    ['header {\n response set\n}', 'Corefile:3: header response names no flag'],
    ['header {\n query foo\n}', 'Corefile:3: header query names no flag'],
    ['header {\n query foo rd\n}', 'Corefile:3: header cannot "foo" a flag'],
    ['header {\n response set tc\n}', 'Corefile:3: header does not know the flag "tc"'],
    ['header {\n reply set aa\n}', 'Corefile:3: header does not know "reply"'],
    ['header {\n set aa\n}', 'Corefile:3: header does not know "set"'],
  ])('not %s', (lines, problem) => {
    expect(problemOf(headerSetup, lines)).toContain(problem);
  });
});

describe('what header does', () => {
  test('sets and clears flags of answers, the last line last', () => {
    const { handler } = setUp(headerSetup, 'header {\n response set ra aa\n response clear aa\n}');
    const response = responseOf(handler.handle(question('www.example.org'), () => emptyResponse('file', 0, { authoritative: true })));
    expect([response.authoritative, response.recursionAvailable]).toEqual([false, true]);
  });

  test('clear takes a flag away', () => {
    const { handler } = setUp(headerSetup, 'header {\n response clear aa\n}');
    expect(responseOf(handler.handle(question('a.example'), () => emptyResponse('file', 0, { authoritative: true }))).authoritative).toBe(
      false,
    );
  });

  test.each([
    ['header {\n query clear rd\n}', false],
    ['header {\n query clear rd\n query set rd\n}', true],
  ])('%s asks on with RD %s', (lines, wanted) => {
    const { handler } = setUp(headerSetup, lines);
    for (const recursionDesired of [true, false]) {
      void handler.handle(question('www.example.org', 'A', { recursionDesired }), (request) => {
        expect(request.recursionDesired).toBe(wanted);
        return emptyResponse('file', 0);
      });
    }
    expect.assertions(2);
  });

  test('what cannot have an effect is taken with a warning that says why', () => {
    const { warnings } = setUp(headerSetup, 'header {\n response clear rd\n query set aa\n}');
    expect(warnings).toEqual([
      "Corefile:3: header response rd has no effect: an answer repeats the query's RD flag (RFC 1035 4.1.1)",
      'Corefile:4: header query aa has no effect: a query has no AA flag',
    ]);
  });

  test('no answer stays none', () => {
    const { handler } = setUp(headerSetup, 'header {\n response set ra\n}');
    expect(handler.handle(question('www.example.org'), () => ({ drop: 'acl', by: 'acl' }))).toEqual({ drop: 'acl', by: 'acl' });
  });
});
