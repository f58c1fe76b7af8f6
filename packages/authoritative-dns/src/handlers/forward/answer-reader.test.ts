import { encode } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { question } from '../testing/question.ts';
import { readAnswer } from './answer-reader.ts';

const name = 'www.example.org';
const request = question(name, 'MX');
const whole = encode({
  type: 'response',
  id: 1,
  flags: 0x8180,
  questions: [{ type: 'MX', name }],
  answers: [
    { type: 'CNAME', name, ttl: 60, data: 'alias.example.org' },
    { type: 'MX', name: 'alias.example.org', ttl: 60, data: { preference: 1, exchange: 'mail.example.org' } },
  ],
  authorities: [{ type: 'SOA', name: 'example.org', ttl: 60, data: { mname: 'ns.example.org', rname: 'a.example.org' } }],
  additionals: [
    { type: 'AAAA', name: 'mail.example.org', ttl: 60, data: '2001:db8::1' },
    { type: 'SRV', name: '_sip.example.org', ttl: 60, data: { port: 1, target: 'mail.example.org' } },
    {
      type: 'NAPTR',
      name: 'mail.example.org',
      ttl: 60,
      data: { order: 1, preference: 2, flags: 'u', services: 's', regexp: '', replacement: 'x.example.org' },
    },
  ],
});

test('octets that anybody changed are an answer or a problem, never an exception', () => {
  const mutation = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), fc.nat(whole.length), (mutations, length) => {
      const octets = Buffer.from(whole);
      for (const [at, octet] of mutations) octets[at] = octet;
      for (const message of [octets, octets.subarray(0, length)]) {
        const answer = readAnswer(message, request);
        if (typeof answer === 'string') expect(['not_an_answer', 'other_question', 'malformed']).toContain(answer);
        else expect(answer.by).toBe('forward');
      }
    }),
    { numRuns: 3000 },
  );
});

test('any octets behind the right header and question are an answer or a problem', () => {
  const head = whole.subarray(0, 12 + request.name.length + 4);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (rest) => void readAnswer(Buffer.concat([head, rest]), request)),
    { numRuns: 3000 },
  );
});

test('what it gives does not change with the buffer that was read', () => {
  const octets = Buffer.from(whole);
  const answer = readAnswer(octets, request);
  const before = JSON.stringify(answer);
  octets.fill(0xff);
  expect(JSON.stringify(answer)).toBe(before);
});

test('TTLs above 2^31-1 are 0', () => {
  const octets = Buffer.from(whole);
  octets.writeUInt32BE(0x80000000, 12 + request.name.length + 4 + request.name.length + 4);
  const answer = readAnswer(octets, request);
  expect(typeof answer === 'string' ? answer : answer.answers[0]?.ttlSeconds).toBe(0);
});
