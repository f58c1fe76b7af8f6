import { createMetrics } from '@seamark/common/observability';
import { describe, expect, test } from 'vitest';

import { emptyResponse } from '../../chain/response.ts';
import { answerText, responseOf } from '../testing/answer-text.ts';
import { question, type QuestionOptions } from '../testing/question.ts';
import { problemOf, setUp } from '../testing/set-up.ts';
import { aclSetup } from './setup.ts';

const next = (): ReturnType<typeof emptyResponse> => emptyResponse('file', 0, { authoritative: true });

function ask(lines: string, from: string, name = 'www.example.org', type = 'A', options: QuestionOptions = {}): string {
  const { handler } = setUp(aclSetup, lines);
  return answerText(handler.handle(question(name, type, { from, ...options }), next)).join(' ');
}

const passed = 'NOERROR aa';

describe('what acl takes', () => {
  test.each([
    'acl {\n filter type A net 192.168.0.0/16\n}',
    'acl {\n drop type * net 192.168.0.0/16\n}',
    'acl example.org {\n block type * net 192.168.1.0/24 192.168.3.0/24\n}',
    'acl {\n block type A net 2001:0db8:85a3:0000:0000:8a2e:0370:7334\n}',
    'acl {\n block type A\n}',
    'acl {\n filter type A net 2001:0db8:85a3:0000:0000:8a2e:0370:7334\n}',
    'acl a.example.org {\n block net 2001:db8:abcd:0012::0/64\n}\nacl b.example.org {\n block net 2001:db8:abcd:0013::0/64\n}',
    'acl {\n ALLOW NET 10.0.0.1\n block\n}',
  ])('%s', (lines) => {
    expect(problemOf(aclSetup, lines)).toBeUndefined();
  });

  test.each([
    ['acl {\n block type net 192.168.0.0/16\n}', 'Corefile:3: nothing stands behind "type"'],
    ['acl {\n block type A net 192.168.0.0/33\n}', 'Corefile:3: "192.168.0.0/33" is not a CIDR prefix'],
    ['acl {\n block type A net 2001::85a3::8a2e:370:7334\n}', 'Corefile:3: "2001::85a3::8a2e:370:7334" is not a CIDR prefix'],
    ['acl {\n block type ABC\n}', 'Corefile:3: "ABC" is not a record type'],
    ['acl {\n block 10.0.0.1\n}', 'Corefile:3: "10.0.0.1" stands where type or net must stand'],
    ['acl {\n blok\n}', 'Corefile:3: "blok" is not an option of acl; it has allow, block, filter, drop; did you mean block?'],
  ])('not %s', (lines, problem) => {
    expect(problemOf(aclSetup, lines)).toContain(problem);
  });
});

describe('what acl does', () => {
  test('the first rule that matches decides', () => {
    const lines = 'acl {\n allow net 10.0.0.0/24 fd00::/8\n block\n}';
    expect(ask(lines, '10.0.0.7')).toBe(passed);
    expect(ask(lines, 'fd00::7')).toBe(passed);
    expect(ask(lines, '10.0.1.7')).toBe('REFUSED');
    expect(ask(lines, '2001:db8::7')).toBe('REFUSED');
  });

  test('filter answers with nothing, drop does not answer', () => {
    expect(ask('acl {\n filter type AAAA\n}', '10.0.0.1', 'www.example.org', 'AAAA')).toBe('NOERROR');
    expect(ask('acl {\n filter type AAAA\n}', '10.0.0.1')).toBe(passed);
    expect(ask('acl {\n drop\n}', '10.0.0.1')).toBe('dropped by acl');
  });

  test('types and sources must both match, and any of each does', () => {
    const lines = 'acl {\n block type A AAAA net 10.0.0.1 10.0.0.2\n}';
    expect(ask(lines, '10.0.0.2', 'www.example.org', 'AAAA')).toBe('REFUSED');
    expect(ask(lines, '10.0.0.2', 'www.example.org', 'TXT')).toBe(passed);
    expect(ask(lines, '10.0.0.3')).toBe(passed);
  });

  test('a star is all types or all sources, wherever it stands', () => {
    expect(ask('acl {\n block type A * net 10.0.0.1\n}', '10.0.0.1', 'www.example.org', 'TXT')).toBe('REFUSED');
    expect(ask('acl {\n block net 10.0.0.1 *\n}', '2001:db8::1')).toBe('REFUSED');
  });

  test('rules hold for their zones alone', () => {
    const lines = 'acl a.example.org {\n block\n}';
    expect(ask(lines, '10.0.0.1', 'x.a.example.org')).toBe('REFUSED');
    expect(ask(lines, '10.0.0.1', 'A.Example.Org')).toBe('REFUSED');
    expect(ask(lines, '10.0.0.1', 'xa.example.org')).toBe(passed);
    expect(ask('acl 10.0.0.0/8 {\n block\n}', '10.0.0.1', '1.2.3.10.in-addr.arpa', 'PTR')).toBe('REFUSED');
  });

  test('an allow ends the search, and no match goes on to the next acl', () => {
    const lines = 'acl {\n allow net 10.0.0.1\n}\nacl example.org {\n block\n}';
    expect(ask(lines, '10.0.0.1')).toBe(passed);
    expect(ask(lines, '10.0.0.2')).toBe('REFUSED');
  });

  test.each(['udp', 'tcp', 'tls', 'https'] as const)('it is the same over %s', (transport) => {
    expect(ask('acl {\n block net 10.0.0.1\n}', '10.0.0.1', 'www.example.org', 'A', { transport })).toBe('REFUSED');
  });

  test('the answer says why: 18 who may not ask, 15 what nobody may have', () => {
    const codes = (lines: string): unknown => {
      const { handler } = setUp(aclSetup, lines);
      return responseOf(handler.handle(question('www.example.org', 'A', { from: '10.0.0.1' }), next)).extendedErrors;
    };
    expect(codes('acl {\n block net 10.0.0.0/8\n}')).toEqual([{ code: 18 }]);
    expect(codes('acl {\n block type A\n}')).toEqual([{ code: 15 }]);
    expect(codes('acl {\n filter type A\n}')).toEqual([{ code: 15 }]);
  });

  test('answers compiled ahead must not pass by it', () => {
    const { handler } = setUp(aclSetup, 'acl {\n allow\n}');
    expect(handler.transparent ?? false).toBe(false);
    expect(handler.ahead).toBeUndefined();
  });

  test('it counts with the names and labels of CoreDNS, and goes on counting after a reload', async () => {
    const metrics = createMetrics({ version: '0', component: 'test' });
    for (let version = 0; version < 2; version++) {
      const { handler } = setUp(aclSetup, 'acl {\n block type A\n filter type AAAA\n drop type TXT\n}', { context: { metrics } });
      for (const type of ['A', 'AAAA', 'TXT', 'MX']) void handler.handle(question('www.example.org', type), next);
    }
    expect((await metrics.metrics()).split('\n').filter((line) => line.startsWith('coredns_acl_'))).toEqual([
      'coredns_acl_blocked_requests_total{server="dns://:1053",zone=".",view=""} 2',
      'coredns_acl_filtered_requests_total{server="dns://:1053",zone=".",view=""} 2',
      'coredns_acl_dropped_requests_total{server="dns://:1053",zone=".",view=""} 2',
      'coredns_acl_allowed_requests_total{server="dns://:1053",view=""} 2',
    ]);
  });
});
