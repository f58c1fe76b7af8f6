import { describe, expect, test } from 'vitest';

import { addressReasons } from './catalogue/address-reasons.ts';
import { answerReasons } from './catalogue/answer-reasons.ts';
import { manifestReasons } from './catalogue/manifest-reasons.ts';
import { recordReasons } from './catalogue/record-reasons.ts';
import {
  decide,
  type Decision,
  formatDecision,
  listInWords,
  type ReasonCode,
  reasonCatalogue,
  type ReasonDefinition,
  type ReasonParams,
} from './index.ts';
import { reasonExamples } from './reason-examples.ts';

const codes = Object.keys(reasonCatalogue) as ReasonCode[];
const definitionOf = (code: ReasonCode): ReasonDefinition<never> => reasonCatalogue[code];

function decisionsOf(code: ReasonCode): Decision[] {
  const examples = reasonExamples[code] ?? [];
  return examples.map(({ object, params }) => decide({ code, object, params: params as ReasonParams<ReasonCode>, topic: 'test' }, 0));
}

const areas: readonly (readonly [string, object])[] = [
  ['Addresses and pools', addressReasons],
  ['Names and records', recordReasons],
  ['Manifests', manifestReasons],
  ['Answers', answerReasons],
];

/** docs/reference/reasons.md, whole. */
function reference(): string {
  const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);
  const rows = (area: object): string =>
    (Object.keys(area) as ReasonCode[])
      .map((code) => {
        const { severity, eventReason } = definitionOf(code);
        const [first] = decisionsOf(code);
        return `| ${code} | ${severity} | ${eventReason ?? 'none'} | ${first === undefined ? '' : cell(formatDecision(first))} |`;
      })
      .join('\n');
  return `# Reasons

Every decision of Seamark about an object has one of these codes. The same sentence stands in the log, in the Kubernetes Event, in
\`seamark up\` and in \`seamark plan\`; the code is the value of the \`reason\` label of metrics. Behind the semicolon stands what to do.

This page is written by the test of the catalogue: \`vitest run -u --project common packages/common/src/reasons\`.
${areas.map(([title, area]) => `\n## ${title}\n\n| code | severity | Event reason | example |\n| --- | --- | --- | --- |\n${rows(area)}\n`).join('')}`;
}

describe('the catalogue of reasons', () => {
  test('docs/reference/reasons.md has the same rows', async () => {
    await expect(reference()).toMatchFileSnapshot('../../../../docs/reference/reasons.md');
  });

  test('no code stands in two areas', () => {
    expect(areas.flatMap(([, area]) => Object.keys(area)).toSorted()).toEqual(codes.toSorted());
  });

  test.each(codes)('%s has a well-formed code, Event reason and an example', (code) => {
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
    expect(definitionOf(code).eventReason ?? 'None').toMatch(/^[A-Z][A-Za-z]+$/);
    expect(reasonExamples[code], `${code} needs an example in reason-examples.ts`).toBeDefined();
  });

  test.each(codes)('%s makes one whole sentence, and advice when somebody has to act', (code) => {
    for (const decision of decisionsOf(code)) {
      const line = formatDecision(decision);
      expect(line).not.toMatch(/undefined|null|NaN|\[object|\$\{|\n|  |\(\)/);
      expect(decision.message).not.toMatch(/[.;,:\s]$/);
      expect(decision.remedy ?? '').not.toMatch(/\.$/);
      if (decision.severity === 'warning') expect(decision.remedy).toMatch(/^[a-z]/);
    }
  });

  test.each(codes)('%s names the object that it is about', (code) => {
    for (const decision of decisionsOf(code)) expect(formatDecision(decision)).toContain(decision.object.name);
  });
});

describe('lists in sentences', () => {
  test.each([
    [[], 'none'],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
    [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
  ])('%j is "%s"', (items, expected) => {
    expect(listInWords(items, 3)).toBe(expected);
  });
});
