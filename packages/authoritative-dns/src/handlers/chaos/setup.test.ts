import { hostname } from 'node:os';

import { describe, expect, test } from 'vitest';

import { classChaos } from '../../wire/protocol-codes.ts';
import { answerText, responseOf } from '../testing/answer-text.ts';
import { question } from '../testing/question.ts';
import { problemOf, refuse, setUp } from '../testing/set-up.ts';
import { createChaosHandler } from './chaos-handler.ts';
import { chaosSetup } from './setup.ts';

function ask(line: string, name: string, type = 'TXT', ofClass = classChaos): string[] {
  return answerText(setUp(chaosSetup, line).handler.handle(question(name, type, { class: ofClass }), refuse));
}

describe('chaos', () => {
  test.each(['chaos', 'chaos v2', 'chaos v2 "Ada L." Grace'])('%s is taken', (line) => {
    expect(problemOf(chaosSetup, line)).toBeUndefined();
  });

  test('options in braces are not', () => {
    expect(problemOf(chaosSetup, 'chaos v2 {\n unknown\n}')).toContain('Corefile:3: chaos takes no options in braces');
  });

  test.each(['version.bind', 'version.server', 'VERSION.BIND'])('%s is the version given', (name) => {
    expect(ask('chaos v2', name)).toEqual(['NOERROR', `${name.toLowerCase()}. 0 TXT "v2"`]);
  });

  test('the version is that of the package unless another is given', () => {
    expect(ask('chaos', 'version.bind')[1]).toMatch(/^version\.bind\. 0 TXT "Seamark-\d+\.\d+\.\d+.*"$/);
  });

  test.each(['hostname.bind', 'id.server'])('%s is the name of the host', (name) => {
    expect(ask('chaos v2', name)).toEqual(['NOERROR', `${name}. 0 TXT "${hostname()}"`]);
  });

  test('authors come once each, in any order, a record each', () => {
    expect(ask('chaos v2 Ada Grace Ada', 'authors.bind').toSorted()).toEqual([
      'NOERROR',
      'authors.bind. 0 TXT "Ada"',
      'authors.bind. 0 TXT "Grace"',
    ]);
    const handler = createChaosHandler({ version: '', hostName: '', authors: ['1', '2', '3'] }, () => 0);
    expect(answerText(handler.handle(question('authors.bind', 'TXT', { class: classChaos }), refuse)).join(' ')).toMatch(/"2".*"3".*"1"/);
  });

  test('the records are of class CH', () => {
    const { handler } = setUp(chaosSetup, 'chaos');
    expect(responseOf(handler.handle(question('id.server', 'TXT', { class: classChaos }), refuse)).answers[0]?.class).toBe(classChaos);
  });

  test('a text longer than a character-string is cut', () => {
    expect(ask(`chaos ${'v'.repeat(300)}`, 'version.bind')[1]).toContain(`"${'v'.repeat(255)}"`);
  });

  test.each([
    ['other.bind', 'TXT', classChaos],
    ['version.bind', 'A', classChaos],
    ['version.bind', 'TXT', 1],
  ])('%s %s of class %d goes on', (name, type, ofClass) => {
    expect(ask('chaos', name, type, ofClass)).toEqual(['REFUSED']);
  });
});
