import { describe, expect, test } from 'vitest';

import { composeChain, type Next } from '../../chain/handler.ts';
import { type DnsResponse, emptyResponse } from '../../chain/response.ts';
import { aclSetup } from '../acl/setup.ts';
import { answerText, recordSet, responseOf, sectionText } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, setUp } from '../testing/set-up.ts';
import { anySetup } from './setup.ts';

const { handler } = setUp(anySetup, 'any');
const soa = recordSet('example.org', 5, 'SOA', 'ns.example.org. host.example.org. 1 2 3 4 5');

function chainThatSays(responseCode: number, extra: Partial<DnsResponse>): Next {
  return () => emptyResponse('file', responseCode, { authoritative: true, ...extra });
}

const noHinfo = chainThatSays(0, { authorities: [soa] });

test('any takes nothing', () => {
  expect(problemOf(anySetup, 'any')).toBeUndefined();
  expect(problemOf(anySetup, 'any example.org')).toContain('Corefile:2: any takes no arguments');
});

describe('a question of type ANY', () => {
  test('gets one small HINFO, and nothing beside it', () => {
    const response = responseOf(handler.handle(question('www.example.org', 'ANY'), noHinfo));
    expect(answerText(response)).toEqual(['NOERROR aa', 'www.example.org. 8482 HINFO "ANY obsoleted" "See RFC 8482"']);
    expect([response.authorities, response.additionals, response.by]).toEqual([[], [], 'any']);
  });

  test('is asked for as HINFO further on, so that nobody collects records for it', () => {
    const types: number[] = [];
    void handler.handle(question('www.example.org', 'ANY'), (request) => {
      types.push(request.type);
      return noHinfo(request);
    });
    expect(types).toEqual([13]);
  });

  test('gets the HINFO that the name has', () => {
    const next = chainThatSays(0, { answers: [recordSet('WWW.example.org', 60, 'HINFO', '"RISC-V" "Plan 9"')] });
    expect(answerText(handler.handle(question('www.example.org', 'ANY'), next))).toEqual([
      'NOERROR aa',
      'WWW.example.org. 60 HINFO "RISC-V" "Plan 9"',
    ]);
  });

  test('gets the alias that the name is, whether its target exists or not', () => {
    const alias = recordSet('www.example.org', 60, 'CNAME', 'gone.example.org.');
    for (const code of [0, 3]) {
      const next = chainThatSays(code, { answers: [alias], authorities: [soa] });
      expect(answerText(handler.handle(question('www.example.org', 'ANY'), next))).toEqual([
        'NOERROR aa',
        'www.example.org. 60 CNAME gone.example.org.',
      ]);
    }
  });

  test('for a missing name says that it is missing', () => {
    const response = responseOf(handler.handle(question('gone.example.org', 'ANY'), chainThatSays(3, { authorities: [soa] })));
    expect(answerText(response)).toEqual(['NXDOMAIN aa']);
    expect(sectionText(response.authorities)).toHaveLength(1);
  });

  test('below a zone cut gets the referral', () => {
    const ns = recordSet('sub.example.org', 60, 'NS', 'ns.sub.example.org.');
    const next = chainThatSays(0, { authoritative: false, authorities: [ns] });
    expect(responseOf(handler.handle(question('www.sub.example.org', 'ANY'), next)).authorities).toEqual([ns]);
  });

  test.each([2, 5])('response code %d passes', (code) => {
    expect(responseOf(handler.handle(question('www.example.org', 'ANY'), chainThatSays(code, {}))).responseCode).toBe(code);
  });
});

test('an acl behind it holds for ANY as well', () => {
  const acl = setUp(aclSetup, 'acl {\n block net 192.0.2.0/24\n}').handler;
  const chain = composeChain([handler, acl], noHinfo);
  expect(answerText(chain(question('www.example.org', 'ANY', { from: '192.0.2.1' })))).toEqual(['REFUSED']);
});

test('questions of other types pass unchanged', () => {
  const asked = question('www.example.org', 'A');
  const seen: unknown[] = [];
  void handler.handle(asked, (request) => {
    seen.push(request);
    return noHinfo(request);
  });
  expect(seen).toEqual([asked]);
  expect(handler.ahead).toEqual({ exceptTypes: [255] });
});
